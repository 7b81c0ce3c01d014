"""Read single transfers and holds."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import OuterRef, Subquery

from fondaco.kit.errors import NotFound
from fondaco.ledger import models
from fondaco.ledger.rows import DONE
from fondaco.ledger.types import (
    NO_METADATA,
    AccountId,
    Entry,
    Hold,
    HoldState,
    PostedTransfer,
    Step,
    TransferId,
)


def get_transfer(*, transfer_id: TransferId) -> PostedTransfer:
    """Give a transfer as the books hold it.

    :raises NotFound: they hold none of that id; a refused attempt is none
    """
    transfer = find_transfer(transfer_id=transfer_id)
    if transfer is None:
        raise NotFound("There is no such transfer.")
    return transfer


def find_transfer(*, transfer_id: TransferId) -> PostedTransfer | None:
    """Give a transfer as the books hold it, or none."""
    row = models.Transfer.objects.filter(pk=transfer_id).first()
    return None if row is None else _transfer(row)


def find_entry(*, transfer_id: TransferId, account_ids: Sequence[AccountId]) -> Entry | None:
    """Give a transfer as one of these accounts shows it, the debited one first; none when it touched none."""
    found = find_transfer(transfer_id=transfer_id)
    own = (
        next((one for one in (found.debit, found.credit) if one in account_ids), None)
        if found
        else None
    )
    if found is None or own is None:
        return None
    is_debit = own == found.debit
    return Entry(
        transfer_id=found.id,
        account_id=own,
        debit=found.debit,
        credit=found.credit,
        amount=found.amount,
        kind=found.kind,
        step=found.step,
        result=found.result,
        version=found.debit_version if is_debit else found.credit_version,
        balance_after=found.debit_balance if is_debit else found.credit_balance,
        hold_id=found.hold_id,
        group_id=found.group_id,
        reference=found.reference,
        memo=found.memo,
        metadata=found.metadata,
        at=found.at,
    )


def get_hold(*, hold_id: TransferId) -> Hold:
    """Give a hold with the state in which it is.

    :raises NotFound: there is no such hold
    """
    hold = find_hold(hold_id=hold_id)
    if hold is None:
        raise NotFound("There is no such hold.")
    return hold


def find_hold(*, hold_id: TransferId) -> Hold | None:
    """Give a hold with the state in which it is, or none."""
    row = models.Hold.objects.filter(pk=hold_id).first()
    return None if row is None else _hold(row)


def find_fates(*, hold_ids: Collection[TransferId]) -> Mapping[TransferId, tuple[HoldState, int]]:
    """Give the states of holds, and how much of each was captured (minor units); one query for all."""
    end = models.Transfer.objects.filter(pk=OuterRef("ended_by")).values("amount")
    rows = models.Hold.objects.filter(pk__in=hold_ids).annotate(end_amount=Subquery(end))
    return {
        TransferId(pk): (HoldState(state), int(amount) if state == HoldState.CAPTURED else 0)
        for pk, state, amount in rows.values_list("pk", "state", "end_amount")
    }


def list_holds(
    *,
    account_ids: Sequence[AccountId] = (),
    expired_at: datetime | None = None,
    limit: int,
) -> list[Hold]:
    """Give open holds: those that will debit one of the accounts, or that have run out by an instant."""
    rows = models.Hold.objects.filter(state=HoldState.OPEN.value)
    if account_ids:
        rows = rows.filter(debit__in=account_ids)
    if expired_at is not None:
        rows = rows.filter(expires_at__lte=expired_at).order_by("expires_at")
    else:
        rows = rows.order_by("id")
    return [_hold(row) for row in rows[:limit]]


def _transfer(row: models.Transfer) -> PostedTransfer:
    step = Step(row.step)
    return PostedTransfer(
        id=TransferId(row.pk),
        debit=AccountId(row.debit),
        credit=AccountId(row.credit),
        amount=int(row.amount),
        kind=row.kind,
        step=step,
        result=DONE[step],
        debit_version=row.debit_version,
        credit_version=row.credit_version,
        debit_balance=int(row.debit_balance),
        credit_balance=int(row.credit_balance),
        group_id=TransferId(row.group_id) if row.group_id else None,
        hold_id=TransferId(row.hold_id) if row.hold_id else None,
        expires_at=row.expires_at,
        reference=row.reference,
        memo=row.memo or "",
        metadata=row.metadata or NO_METADATA,
        actor=row.actor,
        at=row.at,
    )


def _hold(row: models.Hold) -> Hold:
    return Hold(
        id=TransferId(row.pk),
        debit=AccountId(row.debit),
        credit=AccountId(row.credit),
        amount=int(row.amount),
        expires_at=row.expires_at,
        state=HoldState(row.state),
        ended_by=TransferId(row.ended_by) if row.ended_by else None,
    )
