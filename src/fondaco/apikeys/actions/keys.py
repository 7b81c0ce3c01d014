"""How keys come and go."""

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.apikeys import known, models
from fondaco.apikeys.errors import NoSandbox, TooManyKeys
from fondaco.apikeys.events import KeyCreated, KeyDeleted
from fondaco.apikeys.rows import show_key
from fondaco.apikeys.scopes import Scope
from fondaco.apikeys.types import IssuedKey, NewKey
from fondaco.audit import actions as audit
from fondaco.identity import queries as identity
from fondaco.identity.actions.mirrors import mirror_customer
from fondaco.identity.names import clean_name
from fondaco.identity.types import customer_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events, locks, tenancy
from fondaco.kit.django.tenancy import directory
from fondaco.kit.errors import InvalidField, NotFound

SECRET_PREFIX: Final = "fks_"  # noqa: S105 - by which scanners find leaked secrets
KEYS_MAX: Final = 50
NETWORKS_MAX: Final = 50
LIFE_MAX: Final = timedelta(days=3660)
_LABEL_CHARACTERS_MAX: Final = 100


def create_key(*, customer_id: UUID, user_id: UUID, ask: NewKey, by: Actor) -> IssuedKey:
    """Make a key that a person's programs sign with; the secret is given this once.

    :raises InvalidField: the label, a scope, a network or the expiry cannot be taken
    :raises TooManyKeys: the customer has `KEYS_MAX` living ones
    """
    label, now = _checked(ask), clock.now()
    secret = SECRET_PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        locks.lock_name(f"apikeys:{customer_id}")
        living = models.ApiKey.objects.filter(customer_id=customer_id, deleted_at__isnull=True)
        if living.count() >= KEYS_MAX:
            raise TooManyKeys(facts={"keys_max": KEYS_MAX})
        row = models.ApiKey.objects.create(
            customer_id=customer_id,
            user_id=user_id,
            label=label,
            secret=secret,
            scopes=sorted(ask.scopes),
            networks=[str(network) for network in ask.networks],
            created_at=now,
            expires_at=ask.expires_at,
        )
        key = show_key(row)
        event = KeyCreated(
            key=key.wire_id, customer=customer_wire(customer_id), scopes=sorted(key.scopes)
        )
        audit.record(
            by=by,
            action="apikeys.key.create",
            subject=event.subject,
            detail={"customer": event.customer, "scopes": event.scopes},
        )
        events.publish(event, by=by)
    return IssuedKey(key, secret)


def create_test_key(*, customer_id: UUID, user_id: UUID, ask: NewKey, by: Actor) -> IssuedKey:
    """Make a key that acts for the customer's shadow in the sandbox beside the present tenant.

    :raises NoSandbox: there is none
    :raises InvalidField: the label, a scope, a network or the expiry cannot be taken
    :raises TooManyKeys: the shadow has `KEYS_MAX` living ones
    """
    sandbox = directory.find_sandbox(tenancy.current().name)
    if sandbox is None:
        raise NoSandbox
    customer = identity.get_customer(customer_id)
    with tenancy.scope(sandbox), transaction.atomic():
        mirror_customer(customer=customer, user_id=user_id, by=by)
        return create_key(customer_id=customer_id, user_id=user_id, ask=ask, by=by)


def delete_key(*, key_id: UUID, customer_id: UUID, by: Actor) -> None:
    """Take a key's secret away: no process believes its signatures for longer than a second.

    :raises NotFound: the customer has no such living key
    """
    with transaction.atomic():
        rows = models.ApiKey.objects.select_for_update().filter(
            id=key_id, customer_id=customer_id, deleted_at__isnull=True
        )
        row = rows.first()
        if row is None:
            raise NotFound("You have no such key.")
        row.deleted_at, row.secret = clock.now(), None
        row.save(update_fields=["deleted_at", "secret"])
        event = KeyDeleted(key=show_key(row).wire_id, customer=customer_wire(customer_id))
        audit.record(
            by=by,
            action="apikeys.key.delete",
            subject=event.subject,
            detail={"customer": event.customer},
        )
        events.publish(event, by=by)
        known.forget_key(key_id)


def note_use(*, key_id: UUID, at: datetime) -> None:
    """Write down that a key was used; called at most once a minute by each process."""
    models.ApiKey.objects.filter(id=key_id, deleted_at__isnull=True).update(last_used_at=at)


def _checked(ask: NewKey) -> str:
    if not ask.scopes or not ask.scopes <= set(Scope.values):
        raise InvalidField(f"Choose of: {', '.join(Scope.values)}.", field="scopes")
    if len(ask.networks) > NETWORKS_MAX:
        raise InvalidField(f"At most {NETWORKS_MAX} networks.", field="networks")
    now = clock.now()
    if ask.expires_at is not None and not now < ask.expires_at <= now + LIFE_MAX:
        raise InvalidField("The expiry lies in the next ten years.", field="expires_at")
    return clean_name(ask.label, field="label", characters_max=_LABEL_CHARACTERS_MAX)
