"""Look at the database from outside, over a connection that no fault strikes, and recompute everything.

What was committed since the last look is added to sums of the auditor's own; then every total, version,
hold, floor and event has to agree with them.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg

from fondaco.kit.ids import encode

PATIENCE_S: Final = 60.0
"""How long other programs on the same server may keep transactions open before a run gives up."""
HEARD: Final = "simulation_heard"
"""The table in which a reader of events writes down what it heard."""

_NEW_LEGS: Final = """
    SELECT id, debit, credit, debit_version, credit_version, amount, debit_balance, credit_balance,
           kind, step, hold_id, coalesce(memo, '') FROM {schema}.ledger_transfer WHERE id > %s ORDER BY id
"""
_ACCOUNTS: Final = """
    SELECT account.id, account.code, asset.code, account.kind IN ('asset', 'expense'), account.floor,
           account.version, debits_posted, credits_posted, debits_pending, credits_pending
    FROM {schema}.ledger_account AS account JOIN {schema}.ledger_asset AS asset ON asset.id = asset_id
"""
_OPEN_HOLDS: Final = """
    SELECT debit, credit, sum(amount) FROM {schema}.ledger_hold WHERE state = 'open' GROUP BY debit, credit
"""
_NEW_EVENTS: Final = """
    SELECT seq, type, data->>'transfer', data->>'refund', data->>'hold_id'
    FROM {schema}.kit_event WHERE seq > %s ORDER BY seq
"""
_NOW_READABLE: Final = """
    SELECT coalesce(max(xid) < pg_snapshot_xmin(pg_current_snapshot()), true) FROM {schema}.kit_event
"""
_HEARD_WRONGLY: Final = """
    SELECT coalesce(event.id, heard.event), count(heard.event) FROM {schema}.kit_event AS event
    FULL JOIN {schema}.simulation_heard AS heard ON heard.event = event.id
    GROUP BY 1 HAVING count(heard.event) <> 1 LIMIT 1
"""
_TELLS: Final[Mapping[tuple[str, str], str]] = {
    ("wallets.top_up", "post"): "wallets.top_up.posted",
    ("wallets.charge", "post"): "wallets.charge.posted",
    ("wallets.charge", "hold"): "wallets.charge.authorised",
    ("wallets.charge", "capture"): "wallets.charge.captured",
    ("wallets.charge", "void"): "wallets.charge.voided",
    ("wallets.refund", "post"): "wallets.charge.refunded",
    ("wallets.internal_movement", "post"): "wallets.movement.posted",
    ("ledger.expire", "void"): "ledger.hold.expired",
}
"""The event that each transfer has to tell, by kind and step; an order tells the others."""
_TOLD: Final = frozenset(_TELLS.values())


class Violation(Exception):
    """Say which promise is broken."""


class _Transfer(NamedTuple):
    id: UUID
    debit: int
    credit: int
    debit_version: int
    credit_version: int
    amount: int
    debit_balance: int
    credit_balance: int
    kind: str
    step: str
    hold_id: UUID | None
    memo: str


class _Leg(NamedTuple):
    """One side of a transfer: debit 0, credit 1."""

    account: int
    version: int
    side: int
    transfer: _Transfer
    released: int


@dataclass(slots=True)
class _Sums:
    """What one account's transfers add up to."""

    version: int = 0
    posted: list[int] = field(default_factory=lambda: [0, 0])
    """Debits and credits."""
    pending: list[int] = field(default_factory=lambda: [0, 0])


class Auditor:
    """Audit one tenant's books from step to step."""

    def __init__(self, connection: "psycopg.Connection[Any]", schema: str) -> None:
        """Take a connection of a superuser, and whose books to look at."""
        self._connection = connection
        self._schema = f'"{schema}"'
        self._last_id = UUID(int=0)
        self._last_seq = 0
        self._sums: dict[int, _Sums] = {}
        self._holds: dict[UUID, int] = {}
        self._done: Counter[tuple[str, str, str]] = Counter()
        self._tagged: Counter[tuple[str, str]] = Counter()
        self._owed: Counter[tuple[str, str]] = Counter()

    def check(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Add what is new, compare all, and give what wallets hold: posted and held by code and currency.

        :raises Violation: a promise is broken
        """
        self._add_transfers()
        self._add_events()
        return self._compare()

    def count(self, memo: str, step: str) -> int:
        """Tell how often the books hold a step of what customers asked for under a summary."""
        return self._tagged[memo, step]

    def check_heard(self) -> None:
        """See that the reader has heard each event exactly once.

        :raises Violation: it has not
        """
        for event, count in self.rows(_HEARD_WRONGLY):
            raise Violation(f"event {event} was heard {count} times")

    def wait_until_readable(self) -> None:
        """Wait until no other program's transaction keeps readers from the newest events."""
        until = time.monotonic() + PATIENCE_S
        while not next(self.rows(_NOW_READABLE))[0]:
            if time.monotonic() > until:
                raise Violation("another program keeps a transaction open on this server")
            time.sleep(0.005)

    def _add_transfers(self) -> None:
        new = [_Transfer(*row) for row in self.rows(_NEW_LEGS, self._last_id)]
        self._holds |= {one.id: one.amount for one in new if one.step == "hold"}
        legs: list[_Leg] = []
        for transfer in new:
            self._last_id = transfer.id
            released = self._released(transfer)
            legs += [
                _Leg(transfer.debit, transfer.debit_version, 0, transfer, released),
                _Leg(transfer.credit, transfer.credit_version, 1, transfer, released),
            ]
            self._count(transfer)
        # Those who ask together got their identifiers in another order than their turns at an account.
        for leg in sorted(legs, key=lambda leg: (leg.account, leg.version)):
            self._add(leg)

    def _released(self, transfer: _Transfer) -> int:
        """Give what the transfer releases of a hold, which nobody else may end any more."""
        if transfer.step not in {"capture", "void"}:
            return 0
        released = self._holds.pop(transfer.hold_id, None) if transfer.hold_id else None
        if released is None:
            raise Violation(f"transfer {transfer.id} ends a hold that is not open")
        return released

    def _add(self, leg: "_Leg") -> None:
        sums, transfer = self._sums.setdefault(leg.account, _Sums()), leg.transfer
        if leg.version != sums.version + 1:
            raise Violation(
                f"account {leg.account}: version {leg.version} follows upon {sums.version}"
            )
        sums.version = leg.version
        if transfer.step == "hold":
            sums.pending[leg.side] += transfer.amount
        sums.pending[leg.side] -= leg.released
        if transfer.step in {"post", "capture"}:
            sums.posted[leg.side] += transfer.amount

    def _count(self, transfer: _Transfer) -> None:
        """See that nothing that was asked for is done twice, and note the event that it owes."""
        if transfer.memo:
            place = transfer.kind, transfer.memo, transfer.step
            self._done[place] += 1
            self._tagged[transfer.memo, transfer.step] += 1
            if self._done[place] > 1:
                raise Violation(
                    f"{transfer.kind} “{transfer.memo}” was done twice ({transfer.step})"
                )
        told = _TELLS.get((transfer.kind, transfer.step))
        if told is not None:
            about = transfer.hold_id if transfer.step in {"capture", "void"} else transfer.id
            self._owed[told, encode("tr", about or transfer.id)] += 1

    def _add_events(self) -> None:
        """See that each change told its event once, and that no event tells of what did not happen."""
        for seq, type_, transfer, refund, hold in self.rows(_NEW_EVENTS, self._last_seq):
            self._last_seq = seq
            if type_ in _TOLD:
                self._owed[type_, refund or hold or transfer] -= 1
        wrong = [place for place, count in self._owed.items() if count]
        if wrong:
            type_, about = wrong[0]
            more = "is missing" if self._owed[wrong[0]] > 0 else "tells of what did not happen"
            raise Violation(f"event {type_} about {about} {more}")
        self._owed.clear()

    def _compare(self) -> dict[tuple[str, str], tuple[int, int]]:
        found: dict[tuple[str, str], tuple[int, int]] = {}
        by_asset: Counter[str] = Counter()
        pending = self._pending_of_holds()
        for id_, code, asset, is_debit_normal, floor, version, *totals in self.rows(_ACCOUNTS):
            sums = self._sums.get(id_, _Sums())
            if [version, *totals] != [sums.version, *sums.posted, *sums.pending]:
                raise Violation(f"{code} says {[version, *totals]}, its transfers give {sums}")
            if sums.pending != pending.get(id_, [0, 0]):
                raise Violation(f"{code} holds {sums.pending}, its open holds {pending.get(id_)}")
            by_asset[asset] += sums.posted[0] - sums.posted[1]
            side = 1 if is_debit_normal else 0
            balance = sums.posted[1 - side] - sums.posted[side]
            if floor is not None and balance - sums.pending[side] < floor:
                raise Violation(f"{code} fell below its floor")
            if code.startswith("wallets:") and (balance or sums.pending[side]):
                found[code.split(":")[1], asset] = (balance, sums.pending[side])
        unbalanced = [asset for asset, sum_ in by_asset.items() if sum_]
        if unbalanced:
            raise Violation(f"{unbalanced[0]}: debits and credits differ")
        return found

    def _pending_of_holds(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for debit, credit, amount in self.rows(_OPEN_HOLDS):
            found.setdefault(debit, [0, 0])[0] += amount
            found.setdefault(credit, [0, 0])[1] += amount
        return found

    def rows(self, statement: str, *arguments: Any) -> Iterator[Any]:
        """Read; ``{schema}`` stands for the tenant's."""
        return iter(
            self._connection.execute(statement.format(schema=self._schema), arguments or None)
        )

    def execute(self, statement: str, *arguments: Any) -> None:
        """Write what belongs to the stage, not to the play."""
        self._connection.execute(statement, arguments)


def wait_until_gone(connection: "psycopg.Connection[Any]", process: int) -> None:
    """Wait until the server has noticed that a connection is gone, and has undone what it had open."""
    until = time.monotonic() + PATIENCE_S
    asked = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"
    while True:
        row = connection.execute(asked, [process]).fetchone()
        if not row or not row[0]:
            return
        if time.monotonic() > until:
            raise Violation(f"the server keeps process {process}, whose client is gone")
        time.sleep(0.001)
