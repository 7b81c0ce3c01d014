"""Prove everything again: blocks against rows, balances against transfers, the books against themselves.

All examinations see one snapshot. With several processes each takes parts of the work over a connection of
its own, which joins the snapshot.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from queue import Empty
from typing import Any, Final

from django.db import connection, transaction

from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import context
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.ledger import verify as books
from fondaco.ledger.dating import EPOCH, MICROSECOND
from fondaco.ledger.verify import Difference, Span, Walk
from fondaco.proofs import crew, signatures
from fondaco.proofs.actions.seals import LATE_MAX
from fondaco.proofs.checking import BlockCheck, Broken, find_unsealed
from fondaco.proofs.models import Block
from fondaco.proofs.types import Findings, PublishedSeal

Progress = Callable[[int, int], object]
"""Told how much is done, and of about how much."""

_SHARES_PER_PROCESS: Final = 4
_SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WAITS: Final = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)
_EXPORT: Final = "SELECT pg_export_snapshot()"
_ROWS: Final = "SELECT coalesce(sum(count), 0)::bigint FROM proofs_block_part"
# Accounts in their order, cut where so many legs have passed.
_CUTS: Final = """
    SELECT min(id) FROM (
        SELECT id, (sum(version) OVER (ORDER BY id) - version) * %(shares)s
            / greatest((SELECT sum(version) FROM ledger_account), 1) AS share
        FROM ledger_account
    ) AS numbered GROUP BY trunc(share) ORDER BY 1
"""
# Likewise blocks, by the rows that they close.
_BLOCK_CUTS: Final = """
    SELECT min(block_id) FROM (
        SELECT block_id, (sum(count) OVER (ORDER BY block_id) - count) * %(shares)s
            / greatest((SELECT sum(count) FROM proofs_block_part), 1) AS share
        FROM proofs_block_part
    ) AS numbered GROUP BY trunc(share) ORDER BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """Name a part of the work: some accounts, or some blocks."""

    accounts: Span | None = None
    blocks: tuple[int, int] | None = None
    cutoff_us: int = 0
    published: Mapping[int, bytes] = field(default_factory=dict)
    public_keys: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class _Told:
    """Tell what was found in a share, or in all of them."""

    counts: dict[str, int] = field(default_factory=dict)
    totals: dict[str, list[int]] = field(default_factory=dict)
    old_rows: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    """What is wrong with blocks, or with rows that they close."""
    differences: list[str] = field(default_factory=list)
    """What is wrong with the books."""

    def add(self, other: "_Told") -> None:
        """Take in what another share found."""
        for name, count in other.counts.items():
            self.counts[name] = self.counts.get(name, 0) + count
        for name, count in other.old_rows.items():
            self.old_rows[name] = self.old_rows.get(name, 0) + count
        for asset, (debits, credits_) in other.totals.items():
            sums = self.totals.setdefault(asset, [0, 0])
            sums[0] += debits
            sums[1] += credits_
        self.broken += other.broken
        self.differences += other.differences


def verify(
    *,
    processes: int = 1,
    published: Sequence[PublishedSeal] = (),
    progress: Progress | None = None,
) -> Findings:
    """Recompute all blocks, balances, versions, sums and references of the current tenant.

    :param processes: how many share the work; with one it is done here
    :param published: hashes that were published outside, to compare the chain with
    :raises KeysError: there is no key, so that no signature could be checked
    """
    with _snapshot():
        last = Block.objects.order_by("-number").first()
        told = _Told()
        shares = _shares(_SHARES_PER_PROCESS * processes if processes > 1 else 1, last, published)
        total = _amount_of_work()
        runner = _run_here if processes == 1 else _run_apart(processes)
        for one in runner(shares, lambda done: progress and progress(done, total)):
            told.add(one)
        told.differences += _examine_the_whole(told, shares[0].cutoff_us)
    return Findings(
        counts=told.counts,
        totals={asset: debits for asset, (debits, _) in sorted(told.totals.items())},
        difference=next(iter(told.broken + told.differences), None),
    )


def _examine_the_whole(told: _Told, cutoff_us: int) -> Iterator[str]:
    """Look at what no share sees alone; what blocks tell comes first, since it names the row."""
    if cutoff_us and not told.broken:
        unsealed = find_unsealed(cutoff_us, told.old_rows)
        if unsealed:
            told.broken.append(unsealed)
    if told.broken or told.differences:
        return
    try:
        books.check_sums(told.totals)
        books.check_references()
    except Difference as found:
        yield str(found)


def _shares(count: int, last: Block | None, published: Sequence[PublishedSeal]) -> list[_Share]:
    """Cut the work: blocks first, since they name the row."""
    cutoff_us = _cutoff(last.sealed_at) if last else 0
    keys = signatures.public_keys() if last else {}
    outside = {seal.number: seal.hash for seal in published}
    beyond = [number for number in outside if last is None or number > last.number]
    end = max([last.number if last else 0, *beyond]) + 1
    firsts = sorted({1, *_cuts(_BLOCK_CUTS, count)})
    blocks = [
        _Share(blocks=pair, cutoff_us=cutoff_us, published=outside, public_keys=keys)
        for pair in zip(firsts, [*firsts[1:], end], strict=True)
        if end > 1
    ]
    starts = _cuts(_CUTS, count)[1:]
    accounts = [
        _Share(accounts=Span(*pair), cutoff_us=cutoff_us)
        for pair in zip(
            [books.EVERYTHING.first, *starts], [*starts, books.EVERYTHING.end], strict=True
        )
    ]
    return [*blocks, *accounts]


def _cutoff(sealed_at: datetime) -> int:
    return (sealed_at - LATE_MAX - EPOCH) // MICROSECOND


def _cuts(statement: str, shares: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"shares": shares})
        return [first for (first,) in cursor.fetchall()]


def _amount_of_work() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS)
        return int(cursor.fetchone()[0]) + 2 * books.estimate_transfers()


def _run_here(shares: Sequence[_Share], report: Callable[[int], object]) -> Iterator[_Told]:
    done = 0
    for share in shares:
        told = _examine(share, lambda part, before=done: report(before + part))  # type: ignore[misc] # mypy knows no default of a lambda
        done += told.counts.get("rows", 0) + told.counts.get("legs", 0)
        yield told
        report(done)


def _run_apart(
    processes: int,
) -> Callable[[Sequence[_Share], Callable[[int], object]], Iterator[_Told]]:
    def run(shares: Sequence[_Share], report: Callable[[int], object]) -> Iterator[_Told]:
        with connection.cursor() as cursor:
            cursor.execute(_EXPORT)
            snapshot = cursor.fetchone()[0]
        # Not a fork: it would share this process's connections, and copy locks that other threads hold.
        spawning = multiprocessing.get_context("spawn")
        news = spawning.Queue()
        tenant = tenancy.current()
        start = (
            dict(connection.settings_dict),
            (tenant.name, tenant.schema, tenant.mode),
            snapshot,
            news,
        )
        with ProcessPoolExecutor(processes, spawning, crew.begin, start) as pool:
            futures = [pool.submit(crew.examine, share) for share in shares]
            yield from _gather(futures, news, report)

    return run


def _gather(
    futures: Sequence["Future[_Told]"], news: Any, report: Callable[[int], object]
) -> Iterator[_Told]:
    done = 0
    for future in futures:
        while not future.done():
            try:
                done += news.get(timeout=0.1)
            except Empty:
                continue
            report(done)
        yield future.result()


def _examine(share: _Share, report: Callable[[int], object]) -> _Told:
    told = _Told()
    if share.blocks is not None:
        check = BlockCheck(share.public_keys, share.published, share.cutoff_us)
        try:
            check.over(*share.blocks, report=report)
        except Broken as found:
            told.broken.append(str(found))
        told.counts = {
            "blocks": check.blocks,
            "rows": check.rows,
            "rows_by_root_alone": check.by_root_alone,
        }
        told.old_rows = check.old_rows
    if share.accounts is not None:
        walk = Walk()
        try:
            walk.over(share.accounts, report=report)
        except Difference as found:
            told.differences.append(str(found))
        told.counts = {"accounts": walk.accounts, "legs": walk.legs}
        told.totals = walk.totals
    return told


def examine_apart(
    share: _Share,
    *,
    tenant: tuple[str, str, str],
    snapshot: str,
    news: "multiprocessing.Queue[int]",
) -> _Told:
    """Do a share in a process of the crew, in the snapshot of the one that started it."""
    before = 0

    def report(done: int) -> None:
        nonlocal before
        news.put(done - before)
        before = done

    with context.enter(TenantScope(*tenant)), _snapshot(snapshot):
        return _examine(share, report)


@contextmanager
def _snapshot(name: str = "") -> Iterator[None]:
    """See the database as it is at the first read, or as it was for the process that exported a snapshot."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(_SNAPSHOT)
            if name:
                cursor.execute("SET TRANSACTION SNAPSHOT %s", [name])
            for statement in _WAITS:
                cursor.execute(statement)
        yield
