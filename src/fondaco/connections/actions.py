"""The only writers of provider accounts.

Credentials come in as a draft, are named by it in what people sign, and become the account's with the last
signature: nobody who signs sees them, and nobody can put others in their place.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from fondaco.audit import actions as audit
from fondaco.connections import models
from fondaco.connections.errors import AccountChanged
from fondaco.connections.events import AccountChanged as AccountChangedEvent, HealthChanged
from fondaco.connections.queries import describe
from fondaco.connections.states import Environment, Family, Health
from fondaco.connections.types import Draft, NewAccount, ProviderAccount
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.django.keys import keyed_digest
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.kit.ids import uuid7

DRAFT_LASTS: Final = timedelta(days=31)
"""A day longer than signers have unless a policy gives them more."""
_NAMES_MAX: Final = 20


def keep_draft(*, credentials: Mapping[str, str], by: Actor) -> Draft:
    """Keep credentials encrypted until those who sign have decided.

    :raises InvalidField: there are none, or too many
    """
    if not 1 <= len(credentials) <= _NAMES_MAX:
        raise InvalidField(f"Credentials are 1 to {_NAMES_MAX} texts.", field="credentials")
    now = clock.now()
    row = models.Draft.objects.create(
        credentials=dict(credentials),
        digest=digest_of(credentials),
        made_by=str(by),
        made_at=now,
        expires_at=now + DRAFT_LASTS,
    )
    return Draft(
        id=row.id,
        names=tuple(sorted(credentials)),
        digest=row.digest,
        expires_at=row.expires_at,
    )


def digest_of(credentials: Mapping[str, str]) -> str:
    """Give the keyed digest of credentials, which tells nothing without the house's key."""
    text = json.dumps(dict(credentials), sort_keys=True, separators=(",", ":"))
    return keyed_digest("connections.credentials", text).hex()[:64]


def put_account(
    *,
    new: NewAccount,
    version: int,
    draft_id: UUID | None = None,
    draft_digest: str = "",
    by: Actor,
) -> ProviderAccount:
    """Make an account or change one, with the credentials of a draft where one is named.

    :param version: of the account that was read; 0: there is none yet
    :raises AccountChanged: the account or the draft is no longer the one that was read
    :raises InvalidField: a new account has no credentials, or the label is taken
    """
    try:
        with transaction.atomic():
            row = models.Account.objects.select_for_update().filter(id=new.id).first()
            if (row.version if row is not None else 0) != version:
                raise AccountChanged
            credentials = None if draft_id is None else _take_draft(draft_id, draft_digest)
            if row is None and credentials is None:
                raise InvalidField("A new account has credentials.", field="credentials")
            before = None if row is None else _shown(row)
            row = _write(row, new, credentials)
            _tell(row, before, _shown(row), credentials_changed=credentials is not None, by=by)
    except IntegrityError as error:
        if "connections_account_label_is_one_per_kind" not in str(error):
            raise
        raise InvalidField("Another account of this kind has the label.", field="label") from error
    return describe(row)


def remove_account(*, account_id: UUID, version: int, by: Actor) -> None:
    """Forget an account and its credentials.

    :raises NotFound: there is none
    :raises AccountChanged: it is no longer the one that was read
    """
    with transaction.atomic():
        row = models.Account.objects.select_for_update().filter(id=account_id).first()
        if row is None:
            raise NotFound
        if row.version != version:
            raise AccountChanged
        _tell(row, _shown(row), None, credentials_changed=True, by=by)
        row.delete()


def disable_account(*, account_id: UUID, reason: str, by: Actor) -> ProviderAccount:
    """Use an account no more; one person may do that at once, and others sign that it is used again.

    :raises NotFound: there is none
    """
    with transaction.atomic():
        row = models.Account.objects.select_for_update().filter(id=account_id).first()
        if row is None:
            raise NotFound
        if row.enabled:
            before = _shown(row)
            row.enabled, row.version, row.changed_at = False, row.version + 1, clock.now()
            row.save(update_fields=["enabled", "version", "changed_at"])
            _tell(row, before, _shown(row), credentials_changed=False, by=by, reason=reason)
    return describe(row)


def seed(
    *,
    family: Family,
    kind: str,
    label: str,
    environment: Environment,
    credentials: Mapping[str, str],
    settings: Mapping[str, Any] | None = None,
    priority: int = 100,
    by: Actor,
) -> ProviderAccount:
    """Make an account at once, or set one of the same kind and label to this: for demo data and tests.

    :raises InvalidField: there are no credentials
    """
    known = models.Account.objects.filter(kind=kind, label=label).first()
    draft = keep_draft(credentials=credentials, by=by)
    return put_account(
        new=NewAccount(
            id=known.id if known else uuid7(),
            family=family,
            kind=kind,
            label=label,
            environment=environment,
            settings=dict(settings or {}),
            priority=priority,
            enabled=True,
        ),
        version=known.version if known else 0,
        draft_id=draft.id,
        draft_digest=draft.digest,
        by=by,
    )


def note_health(*, account_id: UUID, health: Health, detail: str = "", by: Actor) -> None:
    """Write down how a provider answers; it is told only when that has changed.

    :raises NotFound: there is no such account
    """
    with transaction.atomic():
        row = models.Account.objects.select_for_update().filter(id=account_id).first()
        if row is None:
            raise NotFound
        before, row.health, row.health_detail = row.health, health, detail[:300]
        row.checked_at = clock.now()
        row.save(update_fields=["health", "health_detail", "checked_at"])
        if before != health:
            told = HealthChanged(
                account=describe(row).wire_id,
                kind=row.kind,
                before=before,
                after=health.value,
                detail=row.health_detail,
            )
            events.publish(told, by=by)


def drop_draft(*, draft_id: UUID) -> None:
    """Forget credentials that nobody wants any more; again changes nothing."""
    models.Draft.objects.filter(id=draft_id).delete()


def drop_old_drafts() -> int:
    """Forget credentials that nobody signed in time; give how many."""
    dropped, _ = models.Draft.objects.filter(expires_at__lte=clock.now()).delete()
    return dropped


def _take_draft(draft_id: UUID, digest: str) -> Mapping[str, str]:
    row = models.Draft.objects.select_for_update().filter(id=draft_id).first()
    if row is None or row.digest != digest or digest_of(row.credentials) != digest:
        raise AccountChanged
    credentials: Mapping[str, str] = dict(row.credentials)
    row.delete()
    return credentials


def _write(
    row: models.Account | None, new: NewAccount, credentials: Mapping[str, str] | None
) -> models.Account:
    now = clock.now()
    made = row or models.Account(id=new.id, created_at=now, version=0)
    made.family, made.kind, made.label = new.family, new.kind, new.label
    made.environment, made.settings = new.environment, dict(new.settings)
    made.priority, made.enabled = new.priority, new.enabled
    if credentials is not None:
        made.credentials = credentials
        made.health, made.checked_at = Health.UNKNOWN, None
    made.version, made.changed_at = made.version + 1, now
    made.save()
    return made


def _shown(row: models.Account) -> dict[str, Any]:
    """Give what may be told of an account: all but its credentials."""
    return {
        "family": str(row.family),
        "kind": row.kind,
        "label": row.label,
        "environment": str(row.environment),
        "settings": row.settings,
        "priority": row.priority,
        "enabled": row.enabled,
    }


def _tell(
    row: models.Account,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    *,
    credentials_changed: bool,
    by: Actor,
    reason: str = "",
) -> None:
    event = AccountChangedEvent(
        account=describe(row).wire_id,
        kind=row.kind,
        removed=after is None,
        credentials_changed=credentials_changed,
    )
    events.publish(event, by=by)
    audit.record(
        by=by,
        action="connections.account.change",
        subject=event.subject,
        detail={
            "before": before,
            "after": after,
            "credentials_changed": credentials_changed,
            **({"reason": reason} if reason else {}),
        },
    )
