"""What crosses the border of keys."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import Final, NewType
from uuid import UUID

from fondaco.kit import ids
from fondaco.kit.ids import InvalidId

KeyId = NewType("KeyId", UUID)
NetworkId = NewType("NetworkId", UUID)
Network = IPv4Network | IPv6Network

LIVE_PREFIX: Final = "key_live"
TEST_PREFIX: Final = "key_test"
NETWORK_PREFIX: Final = "net"
SANDBOX: Final = "sandbox"
"""The mode of tenants whose keys are test keys."""


class KeyMode(StrEnum):
    """Say whether a key meets real money."""

    LIVE = "live"
    """It acts on the merchant's own wallets."""
    TEST = "test"
    """It acts in the sandbox beside the tenant and never reaches live data."""


def key_wire(key_id: UUID, mode: KeyMode) -> str:
    """Write a key's identifier for the wire: ``key_live_…`` or ``key_test_…``."""
    return ids.encode(LIVE_PREFIX if mode is KeyMode.LIVE else TEST_PREFIX, key_id)


def read_key_wire(text: str) -> tuple[KeyId, KeyMode]:
    """Read a key's identifier from the wire.

    :raises InvalidId: it is none
    """
    for mode, prefix in ((KeyMode.LIVE, LIVE_PREFIX), (KeyMode.TEST, TEST_PREFIX)):
        if text.startswith(f"{prefix}_"):
            return KeyId(ids.decode(prefix, text)), mode
    raise InvalidId("not an identifier of a key")


def network_wire(network_id: UUID) -> str:
    """Write the identifier of an allowed network for the wire: ``net_…``."""
    return ids.encode(NETWORK_PREFIX, network_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """Ask for a key."""

    label: str
    scopes: frozenset[str]
    networks: tuple[Network, ...] = ()
    """From where it may be used; none: from everywhere."""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Show a key, without its secret."""

    id: KeyId
    mode: KeyMode
    customer_id: UUID
    user_id: UUID
    """The person who made it; it never may more than he may."""
    label: str
    scopes: frozenset[str]
    networks: tuple[Network, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    """To the minute."""

    @property
    def wire_id(self) -> str:
        """Give the identifier as the API writes it."""
        return key_wire(self.id, self.mode)


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """Hand over a new key; its secret is shown this once."""

    key: Key
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedNetwork:
    """Show addresses from which a customer may be reached."""

    id: NetworkId
    network: Network
    label: str
    created_at: datetime
