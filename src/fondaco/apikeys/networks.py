"""Addresses and networks as text, and whether one lies in the others; pure."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from fondaco.apikeys.types import Network
from fondaco.kit.errors import InvalidField


def read_network(text: str, *, field: str) -> Network:
    """Read an address or a network in CIDR form.

    :raises InvalidField: it is neither, or bits beyond the network's length are set
    """
    try:
        return ip_network(text.strip())
    except ValueError:
        raise InvalidField(
            "Write an address or a network, such as 203.0.113.7 or 2001:db8::/48.", field=field
        ) from None


def lies_in(address: str, networks: Iterable[Network]) -> bool:
    """Tell whether an address lies in one of the networks; an unknown one lies in none."""
    found = _parsed(address)
    return found is not None and any(found in network for network in networks)


@lru_cache(maxsize=4096)
def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None
