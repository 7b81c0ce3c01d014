"""Shows rows of the tables as the frozen types that cross the border."""

from ipaddress import ip_network

from fondaco.apikeys import models
from fondaco.apikeys.types import SANDBOX, AllowedNetwork, Key, KeyId, KeyMode, NetworkId
from fondaco.kit.django import tenancy


def mode_here() -> KeyMode:
    """Give the mode of all keys of the present tenant."""
    return KeyMode.TEST if tenancy.current().mode == SANDBOX else KeyMode.LIVE


def show_key(row: models.ApiKey) -> Key:
    """Show a key."""
    return Key(
        id=KeyId(row.id),
        mode=mode_here(),
        customer_id=row.customer_id,
        user_id=row.user_id,
        label=row.label,
        scopes=frozenset(row.scopes),
        networks=tuple(ip_network(text) for text in row.networks),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )


def show_network(row: models.AllowedNetwork) -> AllowedNetwork:
    """Show an allowed network."""
    return AllowedNetwork(
        id=NetworkId(row.id),
        network=ip_network(row.network),
        label=row.label,
        created_at=row.created_at,
    )
