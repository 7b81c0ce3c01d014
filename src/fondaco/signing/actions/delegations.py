"""Let somebody else sign for oneself for a while, and end that."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity.types import user_wire
from fondaco.kit import clock
from fondaco.kit.django import events
from fondaco.kit.errors import Forbidden, InvalidField, NotFound
from fondaco.kit.ids import encode
from fondaco.signing import models
from fondaco.signing.effects import effects
from fondaco.signing.errors import DelegationRefused
from fondaco.signing.events import DelegationChanged
from fondaco.signing.people import people_of
from fondaco.signing.rows import describe_delegation
from fondaco.signing.types import DELEGATION_PREFIX, Delegation, NewDelegation, Person

LONGEST: Final = timedelta(days=366)


def delegate(*, ask: NewDelegation, by: Person) -> Delegation:
    """Let another of the owner's people sign with one's own authority; he cannot pass it on.

    :raises InvalidField: the period or an action cannot be taken
    :raises Forbidden: the one who asks signs nothing himself, as an auditor
    :raises DelegationRefused: the other is oneself, or none of the owner's people
    """
    if not _fits(ask):
        raise InvalidField("The end is in the future, within a year of the start.", field="ends_at")
    unknown = set(ask.actions) - set(effects())
    if unknown:
        raise InvalidField(f"There is no action {min(unknown)}.", field="actions")
    people = people_of(by.owner)
    if by.user_id not in people:
        raise Forbidden
    if ask.delegate_id == by.user_id or ask.delegate_id not in people:
        raise DelegationRefused
    with transaction.atomic():
        row = models.Delegation.objects.create(
            owner_id=by.owner,
            delegator_id=by.user_id,
            delegate_id=ask.delegate_id,
            starts_at=ask.starts_at,
            ends_at=ask.ends_at,
            actions=list(ask.actions),
            asset="" if ask.cap is None else str(ask.cap.asset),
            cap_minor=None if ask.cap is None else ask.cap.minor,
            reason=ask.reason,
            created_at=clock.now(),
        )
        _tell(row, "make", by)
    return describe_delegation(row)


def revoke_delegation(*, delegation_id: UUID, by: Person) -> Delegation:
    """End a delegation of one's own at once; what was signed under it stays signed.

    :raises NotFound: there is none, or it is another's
    """
    with transaction.atomic():
        rows = models.Delegation.objects.select_for_update()
        row = rows.filter(id=delegation_id, delegator_id=by.user_id, owner_id=by.owner).first()
        if row is None:
            raise NotFound
        if row.revoked_at is None:
            row.revoked_at = clock.now()
            row.save(update_fields=["revoked_at"])
            _tell(row, "revoke", by)
    return describe_delegation(row)


def _fits(ask: NewDelegation) -> bool:
    return clock.now() < ask.ends_at and ask.starts_at < ask.ends_at <= ask.starts_at + LONGEST


def _tell(row: models.Delegation, verb: str, by: Person) -> None:
    wire = encode(DELEGATION_PREFIX, row.id)
    happened = DelegationChanged(
        delegation=wire,
        delegator=user_wire(row.delegator_id),
        delegate=user_wire(row.delegate_id),
        is_revoked=row.revoked_at is not None,
    )
    events.publish(happened, by=by.actor)
    detail = {
        "delegate": happened.delegate,
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        "reason": row.reason,
    }
    audit.record(by=by.actor, action=f"signing.delegation.{verb}", subject=wire, detail=detail)
