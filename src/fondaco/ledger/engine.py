"""The state machine: the ledger's rules, and nothing else. No database, no clock, no Django.

Transfers are applied in order; each sees what those before it did. Every transfer ends with exactly one
result, and the checks below stand in the order of precedence of :class:`~fondaco.ledger.types.Result`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from fondaco.kit.ids import VERSION_7
from fondaco.ledger.dating import EPOCH, MICROSECOND, VERSION_BITS, id_window
from fondaco.ledger.lines import MOVES, TOTAL_MAX, HoldLine, Line, Position, Used
from fondaco.ledger.types import HoldState, Result, Step, Transfer, UsageClaim

_ENDED: Final = {
    HoldState.CAPTURED: Result.PENDING_ALREADY_POSTED,
    HoldState.VOIDED: Result.PENDING_ALREADY_VOIDED,
    HoldState.EXPIRED: Result.PENDING_EXPIRED,
}
_new = tuple.__new__  # what Line._make calls, which counts the values first
# An attribute of an enumeration takes as long to find as a check takes, and each transfer needs four.
_HOLD, _CAPTURE, _VOID = Step.HOLD, Step.CAPTURE, Step.VOID
_POSTED = Result.POSTED


class Book:
    """Hold the accounts, holds and counters that a batch touches, and apply transfers to them.

    ``known`` has what happened before under the ids of the batch, as lines by the integer of the id.
    """

    def __init__(
        self,
        *,
        at: datetime,
        accounts: Mapping[int, Position],
        known: Mapping[int, Line] | None = None,
        holds: Mapping[UUID, HoldLine] | None = None,
        usage: Mapping[tuple[str, str], Used] | None = None,
    ) -> None:
        """Open the book at an instant."""
        self.at = at
        self.accounts = accounts
        self.known = dict(known or {})
        self.holds = dict(holds or {})
        self.usage = dict(usage or {})
        self.changed_holds: dict[UUID, HoldLine] = {}
        self.changed_usage: set[tuple[str, str]] = set()
        self._id_min, self._id_max = id_window(at)
        self._us = (at - EPOCH) // MICROSECOND

    def apply(self, transfers: Sequence[Transfer], claims: Sequence[UsageClaim] = ()) -> list[Line]:
        """Apply transfers in order and give a line for each; with claims all of them are one group."""
        if claims:
            return self._apply_group(transfers, claims)
        known, apply_one = self.known, self._apply_one
        lines: list[Line] = []
        group: list[Transfer] = []
        for transfer in transfers:
            if transfer.linked or group:
                group.append(transfer)
                if not transfer.linked:
                    lines += self._apply_group(group, ())
                    group = []
                continue
            number = transfer.id.int
            if number in known:
                lines.append(self._replay(transfer))
                continue
            known[number] = line = apply_one(transfer, None)
            lines.append(line)
        if group:
            lines += self._apply_group(group, ())
        return lines

    def _apply_group(self, group: Sequence[Transfer], claims: Sequence[UsageClaim]) -> list[Line]:
        """Apply all of the group or nothing: a refusal undoes what went before it."""
        if all(transfer.id.int in self.known for transfer in group):
            return [self._replay(transfer) for transfer in group]
        name = group[0].id if len(group) > 1 else None
        undo: list[Callable[[], object]] = []
        lines: list[Line] = []
        for transfer in group:
            undo += self._undoing(transfer)
            line = self._apply_member(transfer, name)
            if line.result not in MOVES:
                break
            self.known[transfer.id.int] = line
            lines.append(line)
        else:
            if self.claim(claims):
                return lines
            line = self._refuse(group[0], Result.LIMIT_EXCEEDED, name)
        for step in reversed(undo):
            step()
        culprit = len(lines) % len(group)
        return [
            self._remember(
                line if at == culprit else self._refuse(transfer, Result.LINKED_FAILED, name)
            )
            for at, transfer in enumerate(group)
        ]

    def _undoing(self, transfer: Transfer) -> Iterator[Callable[[], object]]:
        """Give what takes back all that the transfer may change."""
        number = transfer.id.int
        if number not in self.known:
            yield partial(self.known.pop, number, None)
        for account in self._sides(transfer):
            position = self.accounts.get(account)
            if position is not None:
                yield partial(position.restore, position.save())
        for name in (transfer.id, transfer.hold_id):
            for holds in (self.holds, self.changed_holds):
                if name is not None and name in holds:
                    yield partial(holds.__setitem__, name, holds[name])
                elif name is not None:
                    yield partial(holds.pop, name, None)

    def _apply_member(self, transfer: Transfer, name: UUID | None) -> Line:
        """Apply one of a group; what exists already stood in another group, so it is different."""
        if transfer.id.int not in self.known:
            return self._apply_one(transfer, name)
        line = self._replay(transfer)
        if line.result is Result.EXISTS:
            return line._replace(result=Result.EXISTS_DIFFERENT)
        return line

    def _remember(self, line: Line) -> Line:
        if line.is_kept_refusal:
            self.known.setdefault(line.transfer.id.int, line)
        return line

    def _apply_one(self, transfer: Transfer, group: UUID | None) -> Line:  # noqa: C901, PLR0911 - the rules one by one, in their order
        """Check one transfer against everything and move the money."""
        number = transfer.id.int
        if not (self._id_min <= number <= self._id_max and number & VERSION_BITS == VERSION_7):
            return self._refuse(transfer, Result.ID_OUT_OF_WINDOW, group)
        step = transfer.step
        if step is _CAPTURE or step is _VOID:
            return self._end_hold(transfer, group)
        amount = transfer.amount
        if amount <= 0:
            return self._refuse(transfer, Result.AMOUNT_NOT_POSITIVE, group)
        debit = self.accounts.get(transfer.debit)
        credit = self.accounts.get(transfer.credit)
        if debit is None or credit is None:
            return self._refuse(transfer, Result.ACCOUNT_NOT_FOUND, group)
        if debit.closed or credit.closed:
            return self._refuse(transfer, Result.ACCOUNT_CLOSED, group)
        if debit.frozen or credit.frozen:
            return self._refuse(transfer, Result.ACCOUNT_FROZEN, group)
        if debit is credit:
            return self._refuse(transfer, Result.ACCOUNTS_EQUAL, group)
        if debit.asset != credit.asset:
            return self._refuse(transfer, Result.ASSET_MISMATCH, group)
        if not debit.debit_normal and (
            debit.credits_posted - debit.debits_posted - debit.debits_pending - amount < debit.floor
        ):
            return self._refuse(transfer, Result.INSUFFICIENT_FUNDS, group)
        if credit.debit_normal and (
            credit.debits_posted - credit.credits_posted - credit.credits_pending - amount
            < credit.floor
        ):
            return self._refuse(transfer, Result.INSUFFICIENT_FUNDS, group)
        if step is _HOLD:
            return self._hold(transfer, debit, credit, group)
        debits, credits_ = debit.debits_posted + amount, credit.credits_posted + amount
        if debits > TOTAL_MAX or credits_ > TOTAL_MAX:
            return self._refuse(transfer, Result.OVERFLOW, group)
        debit.debits_posted, credit.credits_posted = debits, credits_
        return self._write(transfer, _POSTED, debit, credit, amount, group)

    def _hold(
        self, transfer: Transfer, debit: Position, credit: Position, group: UUID | None
    ) -> Line:
        """Reserve the amount on both sides."""
        debits = debit.debits_pending + transfer.amount
        credits_ = credit.credits_pending + transfer.amount
        if debits > TOTAL_MAX or credits_ > TOTAL_MAX:
            return self._refuse(transfer, Result.OVERFLOW, group)
        debit.debits_pending, credit.credits_pending = debits, credits_
        self._keep_hold(
            HoldLine(transfer.id, debit.id, credit.id, transfer.amount, transfer.expires_at)
        )
        return self._write(transfer, Result.PENDING, debit, credit, transfer.amount, group)

    def _end_hold(self, transfer: Transfer, group: UUID | None) -> Line:
        """Capture a hold, wholly or in part, or void it; what is not captured is released."""
        hold = self.holds.get(transfer.hold_id) if transfer.hold_id else None
        refusal = self._refusal_of_end(transfer, hold)
        if hold is None or refusal is not None:
            return self._refuse(transfer, refusal or Result.PENDING_NOT_FOUND, group)
        debit, credit = self.accounts[hold.debit], self.accounts[hold.credit]
        amount = transfer.amount or hold.amount
        if transfer.step is Step.VOID:
            result = Result.VOIDED
            state = HoldState.EXPIRED if _has_expired(hold, self.at) else HoldState.VOIDED
        else:
            result, state = Result.POSTED, HoldState.CAPTURED
            debits, credits_ = (
                debit.debits_posted + amount,
                credit.credits_posted + amount,
            )
            if debits > TOTAL_MAX or credits_ > TOTAL_MAX:
                return self._refuse(transfer, Result.OVERFLOW, group)
            debit.debits_posted, credit.credits_posted = debits, credits_
        debit.debits_pending -= hold.amount
        credit.credits_pending -= hold.amount
        self._keep_hold(hold._replace(state=state, ended_by=transfer.id))
        return self._write(transfer, result, debit, credit, amount, group)

    def _refusal_of_end(  # noqa: PLR0911 - the rules one by one, in their order
        self, transfer: Transfer, hold: HoldLine | None
    ) -> Result | None:
        """Name what speaks against ending the hold, if anything does."""
        if transfer.amount < 0:
            return Result.AMOUNT_NOT_POSITIVE
        if hold is None:
            return Result.PENDING_NOT_FOUND
        if transfer.debit not in (0, hold.debit) or transfer.credit not in (
            0,
            hold.credit,
        ):
            return Result.PENDING_NOT_FOUND
        capture = transfer.step is Step.CAPTURE
        if capture and (self.accounts[hold.debit].frozen or self.accounts[hold.credit].frozen):
            return Result.ACCOUNT_FROZEN
        if hold.state is not HoldState.OPEN:
            return _ENDED[hold.state]
        if capture and _has_expired(hold, self.at):
            return Result.PENDING_EXPIRED
        if transfer.amount > hold.amount or (
            not capture and transfer.amount not in (0, hold.amount)
        ):
            return Result.EXCEEDS_PENDING
        return None

    def _keep_hold(self, hold: HoldLine) -> None:
        self.holds[hold.id] = self.changed_holds[hold.id] = hold

    def claim(self, claims: Sequence[UsageClaim]) -> bool:
        """Count all claims, or none of them when one passes its maximum."""
        after: dict[tuple[str, str], Used] = {}
        for claim in claims:
            key = (claim.counter, claim.window)
            used = after.get(key) or self.usage.get(key) or Used(0, 0)
            used = Used(used.amount + claim.amount, used.times + claim.times)
            if claim.amount_max is not None and used.amount > claim.amount_max:
                return False
            if claim.count_max is not None and used.times > claim.count_max:
                return False
            after[key] = used
        self.usage.update(after)
        self.changed_usage.update(after)
        return True

    def _write(
        self,
        transfer: Transfer,
        result: Result,
        debit: Position,
        credit: Position,
        amount: int,
        group: UUID | None,
    ) -> Line:
        """Raise both versions and give the line with both balances after it.

        Clocks of several machines differ, but no account's history goes back in time.
        """
        debit.version = debit_version = debit.version + 1
        credit.version = credit_version = credit.version + 1
        at, us = self.at, self._us
        if debit.touched_us > us or credit.touched_us > us:
            us = max(debit.touched_us, credit.touched_us)
            at = EPOCH + us * MICROSECOND
        debit.touched_us = credit.touched_us = us
        debit_net = debit.credits_posted - debit.debits_posted
        credit_net = credit.credits_posted - credit.debits_posted
        return _new(
            Line,
            (
                transfer,
                result,
                debit.id,
                credit.id,
                amount,
                debit_version,
                credit_version,
                -debit_net if debit.debit_normal else debit_net,
                -credit_net if credit.debit_normal else credit_net,
                debit.credits_pending if debit.debit_normal else debit.debits_pending,
                credit.credits_pending if credit.debit_normal else credit.debits_pending,
                group,
                at,
                None,
            ),
        )

    def refusal(self, transfer: Transfer, result: Result) -> Line:
        """Give the line of a refusal that was decided elsewhere."""
        return self._refuse(transfer, result, None)

    def _refuse(self, transfer: Transfer, result: Result, group: UUID | None) -> Line:
        """Give the line of a refusal, with the balances that it met."""
        debit_id, credit_id = self._sides(transfer)
        debit, credit = self.accounts.get(debit_id), self.accounts.get(credit_id)
        return Line(
            transfer,
            result,
            debit_id,
            credit_id,
            transfer.amount,
            0,
            0,
            debit.balance if debit else 0,
            credit.balance if credit else 0,
            debit.held if debit else 0,
            credit.held if credit else 0,
            group,
            self.at,
        )

    def _replay(self, transfer: Transfer) -> Line:
        """Answer an id that is known with what happened the first time."""
        line = self.known[transfer.id.int]
        if not self._is_same(transfer, line):
            return self._refuse(transfer, Result.EXISTS_DIFFERENT, None)
        if line.debit_version:
            return line._replace(result=Result.EXISTS)
        return line._replace(result=Result.ALREADY_REJECTED, original=line.original or line.result)

    def _is_same(self, transfer: Transfer, line: Line) -> bool:
        """Compare what is asked with what was asked; a hold's time may differ, as retries compute it anew."""
        before = line.transfer
        return (
            transfer.step is before.step
            and transfer.kind == before.kind
            and transfer.hold_id == before.hold_id
            and transfer.reference == before.reference
            and transfer.memo == before.memo
            and _plain(transfer.metadata) == _plain(before.metadata)
            and _is_side(transfer, transfer.debit, line.debit)
            and _is_side(transfer, transfer.credit, line.credit)
            and self._whole(transfer) == self._whole(before)
        )

    def _whole(self, transfer: Transfer) -> int:
        """Give the amount, where nothing stands for all of a hold."""
        hold = self.holds.get(transfer.hold_id) if transfer.hold_id else None
        return transfer.amount or (hold.amount if hold else 0)

    def _sides(self, transfer: Transfer) -> tuple[int, int]:
        """Give both accounts, where nothing stands for the hold's."""
        hold = self.holds.get(transfer.hold_id) if transfer.hold_id else None
        if hold is None:
            return transfer.debit, transfer.credit
        return transfer.debit or hold.debit, transfer.credit or hold.credit


def is_plain(transfer: Transfer, at: datetime) -> bool:
    """Tell whether nothing but the accounts and the database can speak against a transfer."""
    number = transfer.id.int
    id_min, id_max = id_window(at)
    return (
        transfer.step is Step.POST
        and not transfer.linked
        and transfer.hold_id is None
        and transfer.expires_at is None
        and 0 < transfer.amount <= TOTAL_MAX
        and id_min <= number <= id_max
        and number & VERSION_BITS == VERSION_7
    )


def _is_side(transfer: Transfer, asked: int, recorded: int) -> bool:
    """Tell whether an account is the recorded one; what ends a hold may leave it out."""
    return asked == recorded or (asked == 0 and transfer.step in (Step.CAPTURE, Step.VOID))


def _has_expired(hold: HoldLine, at: datetime) -> bool:
    return hold.expires_at is not None and hold.expires_at <= at


def _plain(metadata: Mapping[str, object]) -> object:
    """Give the metadata as the database gives it back."""
    return json.loads(json.dumps(dict(metadata))) if metadata else {}
