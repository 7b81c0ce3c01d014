"""Keys and address lists as each process knows them, at most a second old, without a query per request."""

import math
import threading
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from ipaddress import ip_network
from time import monotonic
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from fondaco.apikeys import models
from fondaco.apikeys.rows import mode_here
from fondaco.apikeys.types import Network, key_wire
from fondaco.identity.standings import find_standing, is_shut_out
from fondaco.identity.types import ALL_RIGHTS
from fondaco.kit.access import Actor, ActorKind, Principal
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import directory

FRESH_S: Final = 0.8
"""Less than the promised second, so that the time to load fits into it."""
_KEYS_MAX: Final = 10_000
_VERSION: Final = "SELECT count(*), max(id::text) FROM apikeys_allowednetwork"
"""An entry is added or removed, never changed, and a later one has a greater identifier."""


@dataclass(slots=True)
class KnownKey:
    """Hold a living key with all that a request with it needs."""

    id: UUID
    secret: str = field(repr=False)
    principal: Principal
    networks: tuple[Network, ...]
    expires_at: datetime | None
    used_at: datetime | None
    """When its use was last written down."""
    loaded_at: float
    """Reading of the monotonic clock before it was loaded."""


@dataclass(slots=True)
class _Lists:
    """Hold the address lists of one tenant."""

    by_customer: dict[UUID, tuple[Network, ...]] = field(default_factory=dict)
    version: object = None
    loaded_at: float = -math.inf
    loading: threading.Lock = field(default_factory=threading.Lock)


_keys: dict[tuple[str, UUID], KnownKey] = {}
_lists: dict[str, _Lists] = {}


def find_key(key_id: UUID) -> KnownKey | None:
    """Give a living key of the present tenant; none where it, its maker or its customer is shut out."""
    place = (tenancy.current().schema, key_id)
    known = _keys.get(place)
    if known is not None and monotonic() - known.loaded_at < FRESH_S:
        return known
    known = _load_key(key_id)
    if known is None:
        _keys.pop(place, None)
        return None
    if len(_keys) >= _KEYS_MAX:
        _keys.clear()
    _keys[place] = known
    return known


def find_networks(customer_id: UUID) -> tuple[Network, ...]:
    """Give the networks from which a customer may be reached; none: all.

    :raises DatabaseError: they cannot be told, so nobody passes
    """
    schema = tenancy.current().schema
    lists = _lists.get(schema) or _lists.setdefault(schema, _Lists())
    if monotonic() - lists.loaded_at >= FRESH_S:
        with lists.loading:
            if monotonic() - lists.loaded_at >= FRESH_S:
                _load_lists(lists)
    return lists.by_customer.get(customer_id, ())


def forget_key(key_id: UUID) -> None:
    """Load a key anew once the present transaction commits."""
    place = (tenancy.current().schema, key_id)
    transaction.on_commit(lambda: _keys.pop(place, None) and None)


def forget_lists() -> None:
    """Load the address lists anew once the present transaction commits."""
    transaction.on_commit(partial(_lists.pop, tenancy.current().schema, None))


def forget_all() -> None:
    """Load everything anew; for a process that was forked."""
    _keys.clear()
    _lists.clear()


def _load_key(key_id: UUID) -> KnownKey | None:
    started_at = monotonic()
    row = models.ApiKey.objects.filter(id=key_id, deleted_at__isnull=True).first()
    if row is None or row.secret is None:
        return None
    standing = find_standing(user_id=row.user_id, customer_id=row.customer_id)
    if standing is None or _is_shut_out_at_home(row):
        return None
    scopes = frozenset(row.scopes)
    held = scopes if ALL_RIGHTS in standing.permissions else scopes & standing.permissions
    return KnownKey(
        id=row.id,
        secret=row.secret,
        principal=Principal(
            actor=Actor(ActorKind.API_KEY, key_wire(row.id, mode_here())),
            role=standing.role,
            user_id=row.user_id,
            customer_id=row.customer_id,
            permissions=held,
        ),
        networks=tuple(ip_network(text) for text in row.networks),
        expires_at=row.expires_at,
        used_at=row.last_used_at,
        loaded_at=started_at,
    )


def _is_shut_out_at_home(row: models.ApiKey) -> bool:
    """Tell whether a test key's customer or maker is shut out of the tenant beside the sandbox."""
    home = directory.find_home(tenancy.current().name)
    if home is None:
        return False
    with tenancy.scope(home):
        return is_shut_out(user_id=row.user_id, customer_id=row.customer_id)


def _load_lists(lists: _Lists) -> None:
    """Ask whether anything changed, and load all of it only then."""
    started_at = monotonic()
    with connection.cursor() as cursor:
        cursor.execute(_VERSION)
        version = cursor.fetchone()
    if version != lists.version:
        found: dict[UUID, tuple[Network, ...]] = {}
        rows = models.AllowedNetwork.objects.order_by("id")
        for customer_id, text in rows.values_list("customer_id", "network"):
            found[customer_id] = (*found.get(customer_id, ()), ip_network(text))
        lists.by_customer, lists.version = found, version
    lists.loaded_at = started_at
