"""Read the values of options that are more than a number or a word."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated

from pydantic import BeforeValidator

from fondaco.kit.option_sources import split


def networks(value: object) -> object:
    """Read a list of networks; what is read already stays as it is.

    :raises ValueError: a part is no network
    """
    parts = split(value)
    return tuple(ip_network(part) for part in parts) if isinstance(parts, tuple) else parts


def is_loopback(host: str) -> bool:
    """Tell whether an address or name leads to this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


Names = Annotated[tuple[str, ...], BeforeValidator(split)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(networks)]
