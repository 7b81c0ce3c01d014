"""Where we may be sent by a customer: never into our own networks.

A name is resolved once; every address that comes back must be a public one, and the connection goes to the
address that was looked at. So a name that changes its answer between the look and the call wins nothing.
"""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from fondaco.kit.django import tenancy
from fondaco.kit.errors import InvalidField
from fondaco.kit.options import options

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Sequence[str]]

URL_CHARACTERS_MAX: Final = 500
_PORTS: Final = {"https": 443, "http": 80}
_PRIVILEGED_BELOW: Final = 1024
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9_.-]*[a-z0-9])?\.?|[0-9a-f:.]*:[0-9a-f:.]*", re.ASCII)
_UNSAFE: Final = re.compile(r"[^\x21-\x7e]|\\")
_NAT64: Final = ip_network("64:ff9b::/96")
_NAT64_LOCAL: Final = ip_network("64:ff9b:1::/48")
_LOW_32_BITS: Final = 0xFFFF_FFFF


class DestinationRefused(Exception):
    """Say that nothing is sent there."""


class Unresolvable(Exception):
    """Say that the name has no address now."""


@dataclass(frozen=True, slots=True)
class Target:
    """Hold where a connection goes, and what the receiver is called."""

    scheme: str
    host: str
    port: int
    address: Address
    path: str

    @property
    def url(self) -> str:
        """Give the URL that leads to the address and asks no resolver."""
        host = f"[{self.address}]" if isinstance(self.address, IPv6Address) else str(self.address)
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    @property
    def authority(self) -> str:
        """Give the header ``Host``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def system_resolver(host: str, port: int) -> Sequence[str]:
    """Give all addresses of a name.

    :raises OSError: it has none
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def check_url(url: str, *, field: str) -> None:
    """Pass silently when the address can be called as far as its letters tell; no name is resolved.

    :raises InvalidField: it cannot
    """
    try:
        parts = _parse(url)
        literal = _literal(parts.hostname or "")
        if literal is not None:
            _check_address(literal, parts)
    except DestinationRefused as refused:
        raise InvalidField(str(refused), field=field) from None


def pin(url: str, *, resolve: Resolver = system_resolver) -> Target:
    """Resolve an address once and give where to connect.

    :raises DestinationRefused: it leads, or could lead, where nothing is sent
    :raises Unresolvable: the name has no address now
    """
    parts = _parse(url)
    host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
    try:
        addresses = [ip_address(text.partition("%")[0]) for text in resolve(host, port)]
    except (OSError, UnicodeError):
        raise Unresolvable("the name has no address") from None
    if not addresses:
        raise Unresolvable("the name has no address")
    for address in addresses:
        _check_address(address, parts)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, addresses[0], path)


def is_public(address: Address) -> bool:
    """Tell whether an address belongs to the public network, whatever it is wrapped in."""
    inner = _unwrapped(address)
    if isinstance(inner, IPv6Address) and (inner.is_site_local or inner in _NAT64_LOCAL):
        return False
    return (
        inner.is_global and not inner.is_multicast and not inner.is_reserved
        and not inner.is_unspecified
    )  # fmt: skip


def is_allowed(address: Address, *, port: int) -> bool:
    """Tell whether the deployment lets webhooks go to this address though it is not public.

    In development the sandbox on this machine may be sent webhooks too, by tenants that are not live.
    """
    chosen = options()
    if (
        chosen.environment == "development"
        and tenancy.current().mode != "live"
        and address.is_loopback
        and port == chosen.sandbox_port
    ):
        return True
    return any(
        address.version == network.version and address in network
        for network in chosen.webhook_allowed_networks
    )


def _parse(url: str) -> SplitResult:
    if not url or len(url) > URL_CHARACTERS_MAX or _UNSAFE.search(url):
        raise DestinationRefused("An address is an https URL of plain letters.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise DestinationRefused("The address cannot be read.") from None
    if parts.scheme not in _PORTS:
        raise DestinationRefused("An address is an https URL.")
    if "@" in parts.netloc or parts.fragment:
        raise DestinationRefused("An address holds no user, password or fragment.")
    if not parts.hostname or not _HOST.fullmatch(parts.hostname) or port == 0:
        raise DestinationRefused("The address names no host that can be called.")
    return parts


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _check_address(address: Address, parts: SplitResult) -> None:
    port = parts.port or _PORTS[parts.scheme]
    if is_allowed(address, port=port):
        return
    if not is_public(address):
        raise DestinationRefused("The address is not in the public network.")
    if parts.scheme != "https" and tenancy.current().mode == "live":
        raise DestinationRefused("An address is an https URL.")
    if port < _PRIVILEGED_BELOW and port not in _PORTS.values():
        raise DestinationRefused("Ports below 1024 are refused, but for 80 and 443.")


def _unwrapped(address: Address) -> Address:
    """Give the IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & _LOW_32_BITS)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)
