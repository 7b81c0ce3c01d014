"""Recompute the whole ledger from its transfers and compare it with what it says.

One pass over all legs in order of account and version, in one snapshot, streaming: memory holds one account
at a time. The first difference is named; a bank's auditor can follow the code without knowing Django.

Where partitions were taken off the table, each account begins with its checkpoint of the midnight from which
on the table holds everything; what lies before it is proved by the blocks that it was sealed in.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from fondaco.ledger.dating import EPOCH, ID_WINDOW, least_id
from fondaco.ledger.types import Step

FETCH: Final = 5_000
_SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_NO_TIMEOUT: Final = "SET LOCAL statement_timeout = 0"
_ACCOUNTS: Final = """
    DECLARE accounts NO SCROLL CURSOR FOR
    SELECT account.id, account.code, asset.code, kind IN ('asset', 'expense'), account.version,
           account.debits_posted::text, account.credits_posted::text, account.debits_pending::text,
           account.credits_pending::text,
           opening.version, opening.debits_posted::text, opening.credits_posted::text,
           opening.debits_pending::text, opening.credits_pending::text
    FROM ledger_account AS account JOIN ledger_asset AS asset ON asset.id = account.asset_id
    LEFT JOIN LATERAL (
        SELECT * FROM ledger_checkpoint WHERE account = account.id AND until <= %(opening_at)s
        ORDER BY until DESC LIMIT 1
    ) AS opening ON true
    WHERE account.id >= %(first)s AND account.id < %(end)s
    ORDER BY account.id
"""
_LEGS: Final = """
    DECLARE legs NO SCROLL CURSOR FOR
    SELECT debit AS account, debit_version AS version, id, true, step, amount::text, debit_balance::text,
           coalesce(debit_held, 0)::text, hold_id FROM ledger_transfer
    WHERE debit >= %(first)s AND debit < %(end)s AND at >= %(opening_at)s
    UNION ALL
    SELECT credit, credit_version, id, false, step, amount::text, credit_balance::text,
           coalesce(credit_held, 0)::text, hold_id FROM ledger_transfer
    WHERE credit >= %(first)s AND credit < %(end)s AND at >= %(opening_at)s
    ORDER BY account, version
"""
_CLOSE: Final = "CLOSE ALL"
_ESTIMATE: Final = """
    SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint FROM pg_class
    WHERE oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'ledger_transfer'::regclass)
"""
_REFERENCES: Final[Mapping[str, str]] = {
    "transfer {} names an account that does not exist": """
        SELECT transfer.id FROM ledger_transfer AS transfer
        LEFT JOIN ledger_account AS debit ON debit.id = transfer.debit
        LEFT JOIN ledger_account AS credit ON credit.id = transfer.credit
        WHERE debit.id IS NULL OR credit.id IS NULL LIMIT 1
    """,
    "transfer {} moves between two assets": """
        SELECT transfer.id FROM ledger_transfer AS transfer
        JOIN ledger_account AS debit ON debit.id = transfer.debit
        JOIN ledger_account AS credit ON credit.id = transfer.credit
        WHERE debit.asset_id <> credit.asset_id LIMIT 1
    """,
    "hold {} is not what its transfer says": """
        SELECT coalesce(hold.id, transfer.id) FROM ledger_hold AS hold
        FULL JOIN (SELECT * FROM ledger_transfer WHERE step = 'hold') AS transfer ON transfer.id = hold.id
        WHERE coalesce(hold.id, transfer.id) >= %(kept_from)s AND (
            hold.id IS NULL OR transfer.id IS NULL
            OR (hold.debit, hold.credit, hold.amount) <> (transfer.debit, transfer.credit, transfer.amount)
            OR hold.expires_at IS DISTINCT FROM transfer.expires_at) LIMIT 1
    """,
    "hold {} did not end as its state says": """
        SELECT coalesce(hold.id, ending.hold_id) FROM ledger_hold AS hold
        FULL JOIN (SELECT * FROM ledger_transfer WHERE step IN ('capture', 'void')) AS ending
            ON ending.hold_id = hold.id
        WHERE coalesce(hold.ended_by, ending.id, hold.id) >= %(kept_from)s AND (
            hold.id IS NULL OR hold.ended_by IS DISTINCT FROM ending.id
            OR (hold.state = 'open') <> (ending.id IS NULL)
            OR (hold.state = 'captured') <> coalesce(ending.step = 'capture', false)) LIMIT 1
    """,
}
_KEPT: Final = (
    "SELECT max(opening_at), max(ends_at) FROM ledger_detached WHERE detached_at IS NOT NULL"
)
_HOLD: Final = "SELECT amount FROM ledger_hold WHERE id = %s"


class Difference(Exception):
    """Name the first place where the ledger says something else than its transfers do."""


class Span(NamedTuple):
    """Name some accounts: those from one number on, up to another, which is not included."""

    first: int = -(2**63)
    end: int = 2**63 - 1


EVERYTHING: Final = Span()


class Leg(NamedTuple):
    """Hold one side of a transfer as it is stored."""

    account: int
    version: int
    id: UUID
    is_debit: bool
    step: Step
    amount: int
    balance: int
    held: int
    hold_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Tell what was recomputed; without a difference all of it agrees."""

    accounts: int
    legs: int
    totals: Mapping[str, int] = field(default_factory=dict)
    """What was moved in all, by asset code, in minor units."""
    difference: str | None = None


@dataclass(slots=True)
class _Account:
    """Sum up one account's legs."""

    code: str
    debit_normal: bool
    version: int = 0
    posted: list[int] = field(default_factory=lambda: [0, 0])
    """Debits and credits."""
    pending: list[int] = field(default_factory=lambda: [0, 0])
    holds: dict[UUID, int] = field(default_factory=dict)
    find_older: "Callable[[UUID], int | None]" = lambda _id: None
    """Gives the amount of a hold from before the opening."""

    def begin(self, version: int | None, totals: Sequence[str]) -> None:
        """Begin with what the account held when the table's transfers begin."""
        if version is not None:
            numbers = [int(number) for number in totals]
            self.version, self.posted, self.pending = version, numbers[:2], numbers[2:]

    def add(self, leg: Leg) -> None:
        """Apply a leg and compare what it says with what follows from those before it.

        :raises Difference: it says something else
        """
        side = 0 if leg.is_debit else 1
        self._expect("version", leg, leg.version, self.version + 1)
        self.version = leg.version
        if leg.step is Step.HOLD:
            self.pending[side] += leg.amount
            self.holds[leg.id] = leg.amount
        elif leg.step is not Step.POST:
            self.pending[side] -= self._released(leg)
        if leg.step in (Step.POST, Step.CAPTURE):
            self.posted[side] += leg.amount
        net = self.posted[1] - self.posted[0]
        self._expect("balance", leg, leg.balance, -net if self.debit_normal else net)
        self._expect("held amount", leg, leg.held, self.pending[1 if self.debit_normal else 0])

    def _released(self, leg: Leg) -> int:
        held = self.holds.pop(leg.hold_id, None) if leg.hold_id else None
        if held is None and leg.hold_id:
            held = self.find_older(leg.hold_id)
        if held is None:
            raise Difference(f"{self.code}: transfer {leg.id} ends a hold that is not open")
        if leg.amount > held or (leg.step is Step.VOID and leg.amount != held):
            raise Difference(
                f"{self.code}: transfer {leg.id} ends {leg.amount} of a hold of {held}"
            )
        return held

    def _expect(self, what: str, leg: Leg, said: int, computed: int) -> None:
        if said != computed:
            raise Difference(
                f"{self.code}: transfer {leg.id} says {what} {said}, its transfers give {computed}"
            )


def verify(*, progress: Callable[[int, int], None] | None = None) -> Verification:
    """Recompute everything; ``progress`` gets legs done and an estimate of all.

    Checks: versions without a gap, every balance after every transfer, totals, both sides of each asset,
    holds, references.
    """
    walk = Walk()
    difference: str | None = None
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_SNAPSHOT)
        cursor.execute(_NO_TIMEOUT)
        estimate = 2 * estimate_transfers()
        try:
            walk.over(EVERYTHING, report=lambda done: progress and progress(done, estimate))
            check_sums(walk.totals)
            check_references()
        except Difference as found:
            difference = str(found)
    return Verification(
        accounts=walk.accounts,
        legs=walk.legs,
        totals={asset: debits for asset, (debits, _) in sorted(walk.totals.items())},
        difference=difference,
    )


def estimate_transfers() -> int:
    """Give about how many transfers there are."""
    with connection.cursor() as cursor:
        cursor.execute(_ESTIMATE)
        return int(cursor.fetchone()[0])


def find_loose_reference() -> str | None:
    """Give the first row that names what does not exist, or none."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_NO_TIMEOUT)
        try:
            check_references()
        except Difference as found:
            return str(found)
    return None


class _Kept(NamedTuple):
    """Say from where on the table holds all transfers."""

    opening_at: datetime | None
    kept_from: UUID
    """The least id that can be in the table."""

    def find_hold(self, hold_id: UUID) -> int | None:
        """Give the amount of a hold whose own transfer was taken off, or lies before the opening."""
        if self.opening_at is None or hold_id >= least_id(self.opening_at + ID_WINDOW):
            return None
        with connection.cursor() as cursor:
            cursor.execute(_HOLD, [hold_id])
            found = cursor.fetchone()
        return None if found is None else int(found[0])


def _read_kept() -> _Kept:
    with connection.cursor() as cursor:
        cursor.execute(_KEPT)
        opening_at, ends_at = cursor.fetchone()
    return _Kept(opening_at, UUID(int=0) if ends_at is None else least_id(ends_at))


@dataclass(slots=True)
class Walk:
    """Go through accounts with their legs, and sum up what was seen."""

    accounts: int = 0
    legs: int = 0
    totals: dict[str, list[int]] = field(default_factory=dict)
    """Debits and credits by asset code."""

    def over(self, span: Span, *, report: Callable[[int], object]) -> None:
        """Recompute some accounts in the current transaction; ``report`` gets the number of legs so far.

        :raises Difference: the first place where an account says something else than its transfers
        """
        kept = _read_kept()
        arguments = span._asdict() | {"opening_at": kept.opening_at or EPOCH}
        with connection.cursor() as cursor:
            cursor.execute(_ACCOUNTS, arguments)
            cursor.execute(_LEGS, arguments)
            self._go(cursor, kept, report)
            cursor.execute(_CLOSE)

    def _go(self, cursor: Any, kept: "_Kept", report: Callable[[int], object]) -> None:
        legs = _legs(cursor)
        leg = next(legs, None)
        for id_, code, asset, debit_normal, version, *totals in _rows(cursor, "accounts"):
            stored, opening = totals[:4], totals[4:]
            if leg is not None and leg.account < id_:
                break
            account = _Account(code, debit_normal, find_older=kept.find_hold)
            account.begin(opening[0], opening[1:])
            while leg is not None and leg.account == id_:
                account.add(leg)
                self.legs += 1
                if self.legs % FETCH == 0:
                    report(self.legs)
                leg = next(legs, None)
            _check_totals(account, version, [int(number) for number in stored])
            self.accounts += 1
            sums = self.totals.setdefault(asset, [0, 0])
            sums[0] += account.posted[0]
            sums[1] += account.posted[1]
        report(self.legs)
        if leg is not None:
            raise Difference(f"transfer {leg.id} names account {leg.account}, which does not exist")


def _check_totals(account: _Account, version: int, stored: Sequence[int]) -> None:
    computed = [*account.posted, *account.pending]
    if version != account.version:
        raise Difference(f"{account.code}: says version {version}, has {account.version} transfers")
    names = ("debits posted", "credits posted", "debits pending", "credits pending")
    for name, said, sum_ in zip(names, stored, computed, strict=True):
        if said != sum_:
            raise Difference(f"{account.code}: says {name} {said}, its transfers give {sum_}")


def check_sums(totals: Mapping[str, Sequence[int]]) -> None:
    """See that each asset balances: as much was debited as was credited.

    :raises Difference: it was not
    """
    for asset, (debits, credits_) in sorted(totals.items()):
        if debits != credits_:
            raise Difference(f"{asset}: debits of {debits} against credits of {credits_}")


def check_references() -> None:
    """Look for rows that name what does not exist, in the current transaction.

    :raises Difference: the first one
    """
    arguments = {"kept_from": _read_kept().kept_from}
    with connection.cursor() as cursor:
        for sentence, statement in _REFERENCES.items():
            cursor.execute(statement, arguments)
            row = cursor.fetchone()
            if row is not None:
                raise Difference(sentence.format(row[0]))


def _legs(cursor: Any) -> Iterator[Leg]:
    for account, version, id_, is_debit, step, amount, balance, held, hold_id in _rows(
        cursor, "legs"
    ):
        yield Leg(
            account,
            version,
            id_,
            is_debit,
            Step(step),
            int(amount),
            int(balance),
            int(held),
            hold_id,
        )


def _rows(cursor: Any, name: str) -> Iterator[Sequence[Any]]:
    """Go through the rows of a cursor that is declared in the transaction."""
    while True:
        cursor.execute(f"FETCH {FETCH} FROM {name}")
        rows = cursor.fetchall()
        yield from rows
        if len(rows) < FETCH:
            return
