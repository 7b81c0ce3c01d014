"""Where a request comes from, believing only proxies that the operator named."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from django.http import HttpRequest

from fondaco.kit.options import options

_IPV6_PREFIX: Final = 64
"""One household or server usually gets a whole /64, so it counts as one."""


def client_address(request: HttpRequest) -> str:
    """Give the caller's address: the last one in ``X-Forwarded-For`` that is no trusted proxy.

    IPv6 addresses are given as their /64 network. Empty where the server knows none (Unix sockets).
    """
    meta = request.META
    return _resolve(
        meta.get("REMOTE_ADDR", ""), meta.get("HTTP_X_FORWARDED_FOR", ""), options().trusted_proxies
    )


def exact_address(request: HttpRequest) -> str:
    """Give the caller's address as `client_address` finds it, but of IPv6 the address itself."""
    meta = request.META
    return socket_address(meta.get("REMOTE_ADDR", ""), meta.get("HTTP_X_FORWARDED_FOR", ""))


def socket_address(remote: str, forwarded: str) -> str:
    """Give the address that opened a socket, as `exact_address` does for a request."""
    return _exact(remote, forwarded, options().trusted_proxies)


def believe_proxy_about_encryption(request: HttpRequest) -> None:
    """Take the request as encrypted when a trusted proxy says in ``X-Forwarded-Proto`` that it came so."""
    meta = request.META
    if meta.get("HTTP_X_FORWARDED_PROTO") != "https":
        return
    proxy = _parse(meta.get("REMOTE_ADDR", ""))
    if proxy is not None and any(proxy in network for network in options().trusted_proxies):
        meta["wsgi.url_scheme"] = "https"


@lru_cache(maxsize=4096)
def _exact(remote: str, forwarded: str, trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    return str(_find(remote, forwarded, trusted) or "")


@lru_cache(maxsize=4096)
def _resolve(remote: str, forwarded: str, trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    address = _find(remote, forwarded, trusted)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _IPV6_PREFIX), strict=False))
    return str(address or "")


def _find(
    remote: str, forwarded: str, trusted: Sequence[IPv4Network | IPv6Network]
) -> IPv4Address | IPv6Address | None:
    address = _parse(remote)
    hops = forwarded.split(",") if forwarded else []
    while address is not None and hops and any(address in network for network in trusted):
        further = _parse(hops.pop())
        if further is None:
            break
        address = further
    return address


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
