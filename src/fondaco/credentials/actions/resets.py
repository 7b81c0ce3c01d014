"""A lost second factor: one operator proposes, another approves, the person is told, and a day passes."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from fondaco.audit import actions as audit
from fondaco.credentials import factors, letters, models
from fondaco.credentials.errors import FactorMissing, ResetOpen, SecondPersonRequired
from fondaco.credentials.types import FactorReset, reset_wire
from fondaco.identity import actions as identity, queries as people
from fondaco.identity.types import user_wire
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM, Actor
from fondaco.kit.errors import NotFound

DELAY: Final = timedelta(hours=24)


def propose(*, user_id: UUID, reason: str, operator_id: UUID, by: Actor) -> FactorReset:
    """Propose to take a person's second factors away, and tell him.

    :raises FactorMissing: he has none
    :raises ResetOpen: it is proposed already
    :raises NotFound: there is no such user
    """
    user = people.get_user(user_id)
    if user.second_factor_at is None:
        raise FactorMissing
    try:
        with transaction.atomic():
            row = models.FactorReset.objects.create(
                user_id=user_id,
                reason=reason,
                proposed_by_id=operator_id,
                created_at=clock.now(),
            )
            _record(row, "propose", by)
            sentence = "Somebody of the house proposed to remove your second factor."
            letters.send_notice(user, sentence)
    except IntegrityError as error:
        raise ResetOpen from error
    return _show(row)


def approve(*, reset_id: UUID, operator_id: UUID, by: Actor) -> FactorReset:
    """Approve another operator's proposal; it takes effect after a day unless the person objects.

    :raises SecondPersonRequired: the same operator proposed it
    :raises ResetOpen: it is approved already, or over
    :raises NotFound: there is none
    """
    with transaction.atomic():
        row = _lock(reset_id)
        if row.approved_by_id is not None or row.cancelled_at is not None:
            raise ResetOpen
        if row.proposed_by_id == operator_id:
            raise SecondPersonRequired
        row.approved_by_id, row.due_at = operator_id, clock.now() + DELAY
        row.save(update_fields=["approved_by", "due_at"])
        _record(row, "approve", by)
        sentence = "Your second factor will be removed in a day. Log in with it to stop this."
        letters.send_notice(people.get_user(row.user_id), sentence)
    return _show(row)


def cancel(*, reset_id: UUID, by: Actor) -> FactorReset:
    """Take a reset back before it takes effect.

    :raises ResetOpen: it is over
    :raises NotFound: there is none
    """
    with transaction.atomic():
        row = _lock(reset_id)
        if row.done_at is not None or row.cancelled_at is not None:
            raise ResetOpen
        row.cancelled_at = clock.now()
        row.save(update_fields=["cancelled_at"])
        _record(row, "cancel", by)
    return _show(row)


def lock_of(*, user_id: UUID) -> None:
    """Lock what is proposed against a person, before his factors, as carrying it out does."""
    rows = models.FactorReset.objects.select_for_update().filter(user_id=user_id)
    list(rows.order_by("id").values_list("id", flat=True))


def cancel_of(*, user_id: UUID, by: Actor) -> None:
    """Take back what is proposed against a person who has just used his second factor."""
    rows = models.FactorReset.objects.filter(
        user_id=user_id, done_at__isnull=True, cancelled_at__isnull=True
    )
    for reset_id in rows.values_list("id", flat=True):
        cancel(reset_id=reset_id, by=by)


def perform_due() -> int:
    """Carry out the resets whose day has passed; give how many."""
    due = models.FactorReset.objects.filter(
        due_at__lte=clock.now(), done_at__isnull=True, cancelled_at__isnull=True
    )
    ids = list(due.values_list("id", flat=True))
    return sum(_perform(reset_id) for reset_id in ids)


def list_open() -> list[FactorReset]:
    """List the resets that are neither done nor cancelled, oldest first."""
    rows = models.FactorReset.objects.filter(done_at__isnull=True, cancelled_at__isnull=True)
    return [_show(row) for row in rows.order_by("id")]


def _perform(reset_id: UUID) -> bool:
    with transaction.atomic():
        row = _lock(reset_id)
        if row.done_at is not None or row.cancelled_at is not None:
            return False
        factors.remove_all(row.user_id)
        identity.mark_second_factor(user_id=row.user_id, is_on=False, by=SYSTEM)
        identity.end_sessions_of(user_id=row.user_id, by=SYSTEM)
        row.done_at = clock.now()
        row.save(update_fields=["done_at"])
        _record(row, "perform", SYSTEM)
        user = people.get_user(row.user_id)
        letters.send_notice(user, "Your second factor was removed. Set up another soon.")
    return True


def _lock(reset_id: UUID) -> models.FactorReset:
    row = models.FactorReset.objects.select_for_update().filter(id=reset_id).first()
    if row is None:
        raise NotFound("There is no such reset.")
    return row


def _record(row: models.FactorReset, verb: str, by: Actor) -> None:
    audit.record(
        by=by,
        action=f"credentials.factor_reset.{verb}",
        subject=user_wire(row.user_id),
        detail={"reset": reset_wire(row.id), "reason": row.reason},
    )


def _show(row: models.FactorReset) -> FactorReset:
    return FactorReset(
        id=row.id,
        user_id=row.user_id,
        reason=row.reason,
        proposed_by=row.proposed_by_id,
        approved_by=row.approved_by_id,
        due_at=row.due_at,
        done_at=row.done_at,
        cancelled_at=row.cancelled_at,
    )
