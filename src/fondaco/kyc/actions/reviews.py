"""What a review does: the verification moves, and the customer's level with it."""

from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity import actions as identity, queries as people
from fondaco.identity.states import Level
from fondaco.identity.types import customer_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events, lifecycle
from fondaco.kit.errors import NotFound
from fondaco.kyc import models
from fondaco.kyc.events import VerificationMoved
from fondaco.kyc.rows import show_verification
from fondaco.kyc.sealing import NOTE, REASON, find_beginner, seal_text
from fondaco.kyc.states import VERIFICATION_LIFE, VerificationState
from fondaco.kyc.types import Reviewed, Verification, verification_wire

_STEPS: Final = {
    Level.VERIFIED: (Level.VERIFIED,),
    Level.BUSINESS: (Level.VERIFIED, Level.BUSINESS),
}
_BELOW: Final = {Level.VERIFIED: Level.NOT_VERIFIED, Level.BUSINESS: Level.VERIFIED}
_ORDER: Final = (Level.NOT_VERIFIED, Level.VERIFIED, Level.BUSINESS)


def apply_review(*, verification_id: UUID, reviewed: Reviewed, by: Actor) -> Verification:
    """Do what a provider found; what was found before the latest changes nothing.

    :raises NotFound: there is no such verification
    """
    with transaction.atomic():
        row = lock_verification(verification_id)
        is_old = row.found_at is not None and reviewed.at <= row.found_at
        if not is_old:
            row.found_at = reviewed.at
            row.save(update_fields=["found_at"])
            before = VerificationState(row.state)
            if VERIFICATION_LIFE.allows(before, reviewed.state):
                move(row, to=reviewed.state, reason=reviewed.reason, by=by)
    return show_verification(row)


def decide(*, verification_id: UUID, to: VerificationState, reason: str, by: Actor) -> Verification:
    """Do what an operator decided, with his reason.

    :raises NotFound: there is no such verification
    :raises IllegalMove: its state does not allow that
    """
    with transaction.atomic():
        row = lock_verification(verification_id)
        VERIFICATION_LIFE.check(VerificationState(row.state), to)
        move(row, to=to, reason=reason, by=by)
    return show_verification(row)


def move(row: models.Verification, *, to: VerificationState, reason: str, by: Actor) -> None:
    """Move a locked verification, its customer's level with it, and leave the traces."""
    before = VerificationState(row.state)
    lifecycle.move(row, to=to, life=VERIFICATION_LIFE, history=models.VerificationStep, by=by)
    _tell(row, reason)
    _change_level(row, before, to, by)
    event = VerificationMoved(
        verification=verification_wire(row.id),
        customer=customer_wire(row.customer_id),
        before=before.value,
        after=to.value,
    )
    audit.record(
        by=by,
        action="kyc.verification.move",
        subject=event.subject,
        detail={"before": event.before, "after": event.after},
    )
    events.publish(event, by=by)


def _tell(row: models.Verification, reason: str) -> None:
    """Keep the reason with the verification and with its latest step, sealed."""
    row.user_id = row.user_id or find_beginner(row)
    row.reason, row.updated_at = "", clock.now()
    row.sealed_reason = seal_text(row.user_id, reason, context=REASON)
    row.save(update_fields=["user", "reason", "sealed_reason", "updated_at"])
    step = row.steps.latest("id")
    step.user_id = row.user_id
    step.sealed_note = seal_text(row.user_id, reason, context=NOTE)
    step.save(update_fields=["user", "sealed_note"])


def lock_verification(verification_id: UUID) -> models.Verification:
    """Lock a verification.

    :raises NotFound: there is none
    """
    rows = models.Verification.objects.select_for_update(no_key=True)
    row = rows.filter(id=verification_id).first()
    if row is None:
        raise NotFound("There is no such verification.")
    return row


def _change_level(
    row: models.Verification, before: VerificationState, to: VerificationState, by: Actor
) -> None:
    """Raise the level with an approval, and lower it when an approval is taken back."""
    present = people.get_customer(row.customer_id).level
    proved = Level(row.level)
    why = f"{verification_wire(row.id)} is {to.value}"
    if to is VerificationState.APPROVED:
        for step in _STEPS[proved]:
            if _ORDER.index(present) < _ORDER.index(step):
                identity.change_level(customer_id=row.customer_id, to=step, reason=why, by=by)
    elif before is VerificationState.APPROVED and present is not Level.NOT_VERIFIED:
        lower = _BELOW[proved]
        if _ORDER.index(present) > _ORDER.index(lower):
            identity.change_level(customer_id=row.customer_id, to=lower, reason=why, by=by)
