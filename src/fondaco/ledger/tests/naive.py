"""The ledger's rules written a second time, as slowly and plainly as possible, to compare with.

Nothing is kept up to date: every balance is summed up from all that ever happened, and a group is tried on a
copy of everything. It shares no code with the engine but the words of the results.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fondaco.ledger.types import Result, Step, Transfer, UsageClaim

DIGITS_39 = 10**39


@dataclass
class NaiveAccount:
    """An account without a balance."""

    asset: str
    debit_normal: bool
    floor: int | None = None
    frozen: bool = False
    closed: bool = False


@dataclass
class NaiveLedger:
    """All that happened, in order."""

    accounts: dict[int, NaiveAccount]
    now: datetime
    done: list[tuple[Transfer, Result]] = field(default_factory=list)
    refused: list[tuple[Transfer, Result]] = field(default_factory=list)
    counted: list[UsageClaim] = field(default_factory=list)
    recorded: dict[object, tuple[int, int]] = field(default_factory=dict)
    """Both accounts of each id, as they were understood when it was written down."""

    def hold(self, transfer: Transfer) -> Transfer | None:
        """Find the hold that a transfer ends."""
        for other, _ in self.done:
            if other.step is Step.HOLD and other.id == transfer.hold_id:
                return other
        return None

    def end(self, hold: Transfer) -> Transfer | None:
        """Find what ended a hold."""
        for other, _ in self.done:
            if other.hold_id == hold.id:
                return other
        return None

    def taken(self, transfer: Transfer) -> int:
        """Give how much a transfer moved."""
        if transfer.step is Step.POST:
            return transfer.amount
        if transfer.step is Step.CAPTURE:
            hold = self.hold(transfer)
            return transfer.amount or (hold.amount if hold else 0)
        return 0

    def sides(self, transfer: Transfer) -> tuple[int, int]:
        """Give both accounts of a transfer."""
        hold = self.hold(transfer)
        return (hold.debit, hold.credit) if hold else (transfer.debit, transfer.credit)

    def understood(self, transfer: Transfer) -> tuple[int, int]:
        """Give both accounts as they are written down: those named, else the hold's."""
        hold = self.hold(transfer)
        debit, credit = (hold.debit, hold.credit) if hold else (0, 0)
        return transfer.debit or debit, transfer.credit or credit

    def totals(self, account: int) -> tuple[int, int, int, int]:
        """Sum up debits and credits, moved and held."""
        debits = credits_ = held_debits = held_credits = 0
        for transfer, _ in self.done:
            debit, credit = self.sides(transfer)
            debits += self.taken(transfer) if debit == account else 0
            credits_ += self.taken(transfer) if credit == account else 0
            if transfer.step is Step.HOLD and self.end(transfer) is None:
                held_debits += transfer.amount if debit == account else 0
                held_credits += transfer.amount if credit == account else 0
        return debits, credits_, held_debits, held_credits

    def available(self, account: int) -> int:
        """Give what may still be taken out."""
        debits, credits_, held_debits, held_credits = self.totals(account)
        if self.accounts[account].debit_normal:
            return debits - credits_ - held_credits
        return credits_ - debits - held_debits

    def version(self, account: int) -> int:
        """Count what touched the account."""
        return sum(account in self.sides(transfer) for transfer, _ in self.done)

    def submit(self, group: Sequence[Transfer], claims: Sequence[UsageClaim] = ()) -> list[Result]:
        """Do all of the group or nothing."""
        known = [self.known(transfer) for transfer in group]
        if all(known):
            return [result for result in known if result]
        trial = copy.deepcopy(self)
        results: list[Result] = []
        for transfer in group:
            result = trial.known(transfer)
            if result is Result.EXISTS and (len(group) > 1 or claims):
                result = Result.EXISTS_DIFFERENT
            result = result or trial.refusal(transfer)
            if result is not None:
                culprit = len(results)
                return self.refuse(group, culprit, result, trial.understood(transfer))
            results.append(_success(transfer))
            trial.recorded[transfer.id] = trial.understood(transfer)
            trial.done.append((transfer, results[-1]))
        if not trial.count(claims):
            sides = trial.understood(group[0])
            return self.refuse(group, 0, Result.LIMIT_EXCEEDED, sides)
        self.done, self.counted, self.recorded = trial.done, trial.counted, trial.recorded
        return results

    def refuse(
        self, group: Sequence[Transfer], culprit: int, result: Result, sides: tuple[int, int]
    ) -> list[Result]:
        """Refuse all of the group, one for its own sake."""
        results = [Result.LINKED_FAILED] * len(group)
        results[culprit] = result
        seen = {other.id for other, _ in self.done + self.refused}
        for number, (transfer, why) in enumerate(zip(group, results, strict=True)):
            replayed = {Result.EXISTS_DIFFERENT, Result.ALREADY_REJECTED}
            if transfer.id not in seen and why not in replayed:
                self.refused.append((transfer, why))
                understood = sides if number == culprit else self.understood(transfer)
                self.recorded[transfer.id] = understood
                seen.add(transfer.id)
        return results

    def known(self, transfer: Transfer) -> Result | None:
        """Say what an id that was used before means now."""
        for other, _ in self.done:
            if other.id == transfer.id:
                return Result.EXISTS if self.same(other, transfer) else Result.EXISTS_DIFFERENT
        for other, _ in self.refused:
            if other.id == transfer.id:
                same = self.same(other, transfer)
                return Result.ALREADY_REJECTED if same else Result.EXISTS_DIFFERENT
        return None

    def same(self, before: Transfer, now: Transfer) -> bool:
        """Compare two transfers of one id."""
        hold = self.hold(now)
        whole = hold.amount if hold else 0
        return (
            (before.step, before.kind, before.hold_id, before.memo, before.reference)
            == (now.step, now.kind, now.hold_id, now.memo, now.reference)
            and (before.amount or whole) == (now.amount or whole)
            and self.same_sides(now)
            and dict(before.metadata) == dict(now.metadata)
        )

    def same_sides(self, now: Transfer) -> bool:
        """Compare the accounts; who ends a hold may leave them out."""
        debit, credit = self.recorded[now.id]
        if now.step in (Step.CAPTURE, Step.VOID):
            return now.debit in (0, debit) and now.credit in (0, credit)
        return (now.debit, now.credit) == (debit, credit)

    def count(self, claims: Sequence[UsageClaim]) -> bool:
        """Count all claims, unless one of them passes its maximum."""
        for claim in claims:
            self.counted.append(claim)
            same = [
                other
                for other in self.counted
                if (other.counter, other.window) == (claim.counter, claim.window)
            ]
            if claim.amount_max is not None and sum(c.amount for c in same) > claim.amount_max:
                return False
            if claim.count_max is not None and len(same) > claim.count_max:
                return False
        return True

    def refusal(self, transfer: Transfer) -> Result | None:  # noqa: PLR0911 - the rules, one after the other
        """Find the first rule that speaks against a transfer."""
        if transfer.step in (Step.CAPTURE, Step.VOID):
            return self.refusal_of_end(transfer)
        if transfer.amount <= 0:
            return Result.AMOUNT_NOT_POSITIVE
        debit, credit = (self.accounts.get(side) for side in (transfer.debit, transfer.credit))
        if debit is None or credit is None:
            return Result.ACCOUNT_NOT_FOUND
        if debit.closed or credit.closed:
            return Result.ACCOUNT_CLOSED
        if debit.frozen or credit.frozen:
            return Result.ACCOUNT_FROZEN
        if transfer.debit == transfer.credit:
            return Result.ACCOUNTS_EQUAL
        if debit.asset != credit.asset:
            return Result.ASSET_MISMATCH
        loser = None if debit.debit_normal else transfer.debit
        losers = [loser] if loser else []
        losers += [transfer.credit] if credit.debit_normal else []
        for account in losers:
            floor = self.accounts[account].floor
            if floor is not None and self.available(account) - transfer.amount < floor:
                return Result.INSUFFICIENT_FUNDS
        return self.overflow(transfer)

    def refusal_of_end(self, transfer: Transfer) -> Result | None:  # noqa: PLR0911 - the same
        """Find the first rule that speaks against ending a hold."""
        hold = self.hold(transfer)
        if transfer.amount < 0:
            return Result.AMOUNT_NOT_POSITIVE
        if hold is None or transfer.debit not in (0, hold.debit):
            return Result.PENDING_NOT_FOUND
        if transfer.credit not in (0, hold.credit):
            return Result.PENDING_NOT_FOUND
        frozen = any(self.accounts[side].frozen for side in (hold.debit, hold.credit))
        if transfer.step is Step.CAPTURE and frozen:
            return Result.ACCOUNT_FROZEN
        end = self.end(hold)
        expired = hold.expires_at is not None and hold.expires_at <= self.now
        if end is not None:
            return self.how_it_ended(end, expired=expired)
        if expired and transfer.step is Step.CAPTURE:
            return Result.PENDING_EXPIRED
        if transfer.amount > hold.amount:
            return Result.EXCEEDS_PENDING
        if transfer.step is Step.VOID and transfer.amount not in (0, hold.amount):
            return Result.EXCEEDS_PENDING
        return self.overflow(transfer)

    def how_it_ended(self, end: Transfer, *, expired: bool) -> Result:
        """Say how a hold ended; time stands still here, so what is expired was expired then."""
        if end.step is Step.CAPTURE:
            return Result.PENDING_ALREADY_POSTED
        return Result.PENDING_EXPIRED if expired else Result.PENDING_ALREADY_VOIDED

    def overflow(self, transfer: Transfer) -> Result | None:
        """See whether a total would have more than 39 digits."""
        debit, credit = self.sides(transfer)
        moved = self.taken(transfer)
        held = transfer.amount if transfer.step is Step.HOLD else 0
        totals = [
            self.totals(debit)[0] + moved,
            self.totals(debit)[2] + held,
            self.totals(credit)[1] + moved,
            self.totals(credit)[3] + held,
        ]
        return Result.OVERFLOW if max(totals) >= DIGITS_39 else None


def _success(transfer: Transfer) -> Result:
    if transfer.step is Step.HOLD:
        return Result.PENDING
    return Result.VOIDED if transfer.step is Step.VOID else Result.POSTED
