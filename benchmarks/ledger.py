"""The ledger by itself: posting by batch size and through the intake, beside what the server can do at all.

Every check is on: floors, versions, replay by id, running balances, two history indexes, fsync. The generator
of the transfers runs in the same processes, so its time counts. Hot: every transfer credits the same account.
"""

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from benchmarks import raw
from benchmarks.figures import Figures, show
from benchmarks.ledger_growth import growth, seals, tenants
from benchmarks.ledger_stage import (
    CALLERS,
    KIND,
    Run,
    Stage,
    begin_intake_anew,
    open_accounts,
    open_usual_wallets,
    pay_the_usual_way,
    post,
)
from benchmarks.plot import draw
from drills.running import ROOT
from fondaco.kit.django import tenancy
from fondaco.ledger import actions
from fondaco.ledger.verify import verify
from fondaco.project.postgres import Server

ACCOUNTS: Final = 100_000
DIRECT: Final = ((8000, 1), (8000, 2), (1000, 1), (1000, 2), (100, 1), (100, 2), (10, 8), (1, 8))
"""Batch size and number of clients; the large ones first, so that all pages were written to before."""
IN_ROUNDS: Final = ((1000, 1), (1, 8))
"""Of these, uniform, what is held against a floor by itself; the others are measured once."""
TURNS: Final = 6
TURN_S: Final = 1.0
"""What is held against the raw limit is measured in turns with it, so often in each round and for so long, so
that each has as many undisturbed seconds as the other."""
PLOT: Final = ROOT / "var" / "benchmarks" / "ledger.svg"
HANDED_IN: Final = ((8000, 8), (1000, 32), (100, 64), (10, 64))
"""Size of the batches that callers of one process hand to the intake, and how many callers there are."""
TIMES: Final = {8000: 4}
"""How often they are measured in each round: large ones need both processors whole, and seldom get them."""
_SHAPES: Final = ((False, "uniform"), (True, "hot"))


@dataclass
class Results:
    """Hold what the runs came to, by what they did; what a round measures is there once for each."""

    limits: list[float] = field(default_factory=list)
    batched: dict[tuple[int, bool], float] = field(default_factory=dict)
    direct: dict[tuple[int, int, bool], list[Run]] = field(default_factory=dict)
    handed_in: dict[tuple[int, bool], list[Run]] = field(default_factory=dict)
    usual: dict[bool, Run] = field(default_factory=dict)
    one_by_one: dict[bool, list[Run]] = field(default_factory=dict)
    intake: dict[tuple[int, bool], list[Run]] = field(default_factory=dict)
    growth: float | None = None
    seals: float | None = None

    @property
    def limit(self) -> float:
        """Give the least disturbed measure of what the machine can do; shares of it are not flattered."""
        return max(self.limits)

    def best(self, size: int, *, hot: bool) -> Run:
        """Give the fastest run with batches of a size: by one client, by two, or through the intake."""
        runs = [
            run
            for (of, _, shape), several in self.direct.items()
            if (of, shape) == (size, hot)
            for run in several
        ]
        return _fastest(runs + self.handed_in.get((size, hot), []))


def _fastest(runs: Sequence[Run]) -> Run:
    return max(runs, key=lambda run: run.per_second)


def measure(server: Server, *, seconds: float, quick: bool, large: bool = False) -> list[Figures]:
    """Measure everything, in part in rounds that are minutes apart; give the tables, the floors first."""
    actions.declare_kind(KIND)
    seconds = min(seconds, 5.0)
    count = 5_000 if quick else ACCOUNTS
    results = Results()
    with tenancy.scope("demo"):
        accounts = open_accounts(count)
        open_usual_wallets(accounts)
        stage = Stage(server, accounts, seconds)
        stage.direct(1000, 1, hot=False)  # the tables' files and the caches are warm from here on
        _go_round(stage, results, server)
        results.batched = {
            (size, hot): raw.batched_transfers_per_second(
                server, seconds=seconds, size=size, hot=hot
            )
            for size in (100, 1000, 8000)
            for hot, _ in _SHAPES
        }
        _measure_directly(stage, results)
        _go_round(stage, results, server)
        sealed, results.seals = seals(stage)
    sizes = [10**5, 10**6, *([10**7] if large else [])]
    grown = growth(
        server, accounts=count, seconds=seconds, sizes=[10**5, 2 * 10**5] if quick else sizes
    )
    results.growth = max(float(row[-1]) for row in grown.rows if row[1] == "12")
    with tenancy.scope("demo"):
        _go_round(stage, results, server)
        found = verify()
    direct = _direct_table(results)
    direct.note(
        f"Recomputed afterwards: {found.legs:,} legs, difference: {found.difference or 'none'}"
    )
    many = [1, 2] if quick else [1, 4, 16]
    crowd = tenants(server, accounts=count // 10, seconds=seconds, counts=many)
    _plot(results)
    return [_floors_table(results), direct, _callers_table(results), sealed, grown, crowd]


def _go_round(stage: Stage, results: Results, server: Server) -> None:
    """Measure once what is held against a floor; a shared machine's speed moves by half within minutes."""
    _take_turns(stage, results, server)
    run = stage.direct(1000, 1, hot=False)
    results.direct.setdefault((1000, 1, False), []).append(run)
    for hot, _ in _SHAPES:
        results.one_by_one.setdefault(hot, []).append(stage.threads(post, hot=hot))
        run = stage.hand_in(hot=hot)
        results.intake.setdefault((CALLERS, hot), []).append(run)
    for size, callers in HANDED_IN:
        for hot, _ in _SHAPES * TIMES.get(size, 1):
            run = stage.hand_in(hot=hot, callers=callers, size=size)
            results.handed_in.setdefault((size, hot), []).append(run)
    begin_intake_anew()


def _take_turns(stage: Stage, results: Results, server: Server) -> None:
    """Measure the raw limit and what is held against it, one after the other, several times."""
    usual, stage.seconds = stage.seconds, min(stage.seconds, TURN_S)
    for _ in range(TURNS):
        results.limits.append(raw.minimal_transfers_per_second(server, seconds=stage.seconds))
        results.direct.setdefault((1, 8, False), []).append(stage.direct(1, 8, hot=False))
        run = stage.hand_in(hot=False, callers=8)
        results.intake.setdefault((8, False), []).append(run)
    stage.seconds = usual


def _measure_directly(stage: Stage, results: Results) -> None:
    """Post with clients that have a connection each, where no round does."""
    for size, clients in DIRECT:
        for hot, _ in _SHAPES:
            if (size, clients) in IN_ROUNDS and not hot:
                continue
            run = stage.direct(size, clients, hot=hot)
            results.direct.setdefault((size, clients, hot), []).append(run)
    for hot, _ in _SHAPES:
        results.usual[hot] = stage.direct(1, 8, hot=hot, act=pay_the_usual_way)


def _direct_table(results: Results) -> Figures:
    table = Figures(
        "ledger.post by batch size, beside the usual way",
        (
            "batch × clients",
            "transfers/s",
            "× raw limit",
            "p50 ms",
            "p99 ms",
            "WAL B",
            "client µs",
            "server µs",
        ),
    )

    def add(name: str, run: Run) -> None:
        table.add(name, run.per_second, *_costs(run, results.limit))

    for size, clients in DIRECT:
        for hot, shape in _SHAPES:
            add(f"{size:,} × {clients}, {shape}", _fastest(results.direct[size, clients, hot]))
    for hot, shape in _SHAPES:
        add(f"usual way (select_for_update), 1 × 8, {shape}", results.usual[hot])
    for size, callers in HANDED_IN:
        for hot, shape in _SHAPES:
            name = f"{size:,} × {callers} callers of one intake, {shape}"
            add(name, _fastest(results.handed_in[size, hot]))
    table.note(
        f"Raw limit: {results.limit:,.0f} calls/s of the minimal function, {raw.CLIENTS} clients;"
        f" each time: {_speeds(results.limits)}"
    )
    table.note("client µs, server µs: CPU time for each transfer, the making of it included")
    by_round = [
        (f"{size:,} × {clients}", results.direct[size, clients, False])
        for size, clients in IN_ROUNDS
    ] + [
        (f"{size:,} handed in, {'hot' if hot else 'uniform'}", runs)
        for (size, hot), runs in results.handed_in.items()
    ]
    rounds = "; ".join(
        f"{name} {_speeds([run.per_second for run in runs])}" for name, runs in by_round
    )
    table.note(
        f"The fastest of several times, in rounds that are minutes apart, transfers/s: {rounds}"
    )
    logged = "; ".join(
        f"{size:,} × {clients} {_speeds([run.wal_bytes for run in results.direct[size, clients, False]])}"
        for size, clients in IN_ROUNDS
    )
    table.note(f"Log of a transfer each time, bytes: {logged}")
    return table


def _speeds(speeds: Sequence[float]) -> str:
    return ", ".join(f"{speed:,.0f}" for speed in speeds)


def _costs(run: Run, limit: float) -> tuple[float, ...]:
    """Give the columns that both tables end with: share of the raw limit, latencies, WAL and CPU time."""
    return (
        run.per_second / limit,
        run.p50_ms,
        run.p99_ms,
        run.wal_bytes,
        run.client_us,
        run.server_us,
    )


def _callers_table(results: Results) -> Figures:
    table = Figures(
        f"{CALLERS} callers in one process with one transfer each",
        (
            "way",
            "transfers/s",
            "× one by one",
            "× raw limit",
            "p50 ms",
            "p99 ms",
            "WAL B",
            "client µs",
            "server µs",
        ),
    )

    def add(name: str, runs: Sequence[Run], *, hot: bool) -> None:
        run, alone = _fastest(runs), _fastest(results.one_by_one[hot])
        table.add(
            name,
            run.per_second,
            run.per_second / alone.per_second,
            *_costs(run, results.limit),
        )

    for hot, shape in _SHAPES:
        add(f"one by one, {shape}", results.one_by_one[hot], hot=hot)
        add(f"intake, {shape}", results.intake[CALLERS, hot], hot=hot)
    add("intake, uniform, 8 callers", results.intake[8, False], hot=False)
    rounds = "; ".join(
        f"{callers} {'hot' if hot else 'uniform'} "
        + ", ".join(f"{run.per_second:,.0f} ({run.p99_ms:.1f} ms)" for run in runs)
        for (callers, hot), runs in results.intake.items()
    )
    table.note(
        f"The fastest of several times, in rounds that are minutes apart, transfers/s (p99): {rounds}"
    )
    return table


def _floors_table(results: Results) -> Figures:
    table = Figures("What it must reach", ("what", "measured", "floor", "stretch", "reached"))
    for what, value, is_met, floor, stretch in _floors(results):
        table.add(what, value, show(floor), show(stretch), "yes" if is_met(value, floor) else "no")
    table.note(f"Raw limit of this run: {results.limit:,.0f} calls/s")
    middle = median(results.limits)
    single, eight = (
        median(run.per_second for run in runs) / middle
        for runs in (results.direct[1, 8, False], results.intake[8, False])
    )
    table.note(
        f"Of {len(results.limits)} turns the fastest count; by their medians it is {single:.2f} and"
        f" {eight:.2f} × raw limit, which is {middle:,.0f} then"
    )
    table.note(
        "Raw limit of batches, one statement in the server, nothing checked, arrays made beforehand: "
        + "; ".join(
            f"{size:,} {'hot' if hot else 'uniform'} {rate:,.0f}/s,"
            f" of which {results.best(size, hot=hot).per_second / rate:.2f} reached"
            for (size, hot), rate in results.batched.items()
        )
    )
    table.note(
        "A batch's row is the fastest of its rows in the next table: own clients, or callers of one intake"
    )
    return table


def _floors(
    results: Results,
) -> Iterator[tuple[str, float, Callable[[float, float], bool], float, float]]:
    """Give what is asked, what came of it, how they compare, the floor and the stretch."""
    more, less = operator.ge, operator.lt
    limit, best = results.limit, results.best
    single = _fastest(results.direct[1, 8, False])
    yield "one transfer a call, uniform, × raw limit", single.per_second / limit, more, 0.3, 0.8
    rate = _fastest(results.intake[8, False]).per_second / limit
    yield "8 clients through the intake, × raw limit", rate, more, 0.8, 1.2
    for hot, shape, floor, stretch in ((True, "hot", 10.0, 15.0), (False, "uniform", 3.0, 4.0)):
        run, alone = _fastest(results.intake[CALLERS, hot]), _fastest(results.one_by_one[hot])
        rate = run.per_second / alone.per_second
        yield f"{CALLERS} callers, {shape}, × one by one", rate, more, floor, stretch
        if hot:
            yield f"{CALLERS} callers, hot, p99 ms", run.p99_ms, less, 10, 3
    for size, hot, floor, stretch in (
        (10, False, 8_000, 17_000),
        (100, False, 30_000, 70_000),
        (1000, False, 40_000, 80_000),
        (1000, True, 55_000, 100_000),
        (8000, False, 53_000, 130_000),
        (8000, True, 75_000, 150_000),
    ):
        name = f"batch of {size:,}, {'hot' if hot else 'uniform'}, transfers/s"
        yield name, best(size, hot=hot).per_second, more, floor, stretch
    for size, clients, what, floor in (
        (1, 8, "WAL of a single transfer, B", 950),
        (1000, 1, "WAL of a transfer in a batch of 1,000, B", 650),
    ):
        # the round with the fewest images of whole pages, which the first change after a checkpoint logs
        wal = min(run.wal_bytes for run in results.direct[size, clients, False])
        yield what, wal, less, floor, 400
    if results.growth is not None:
        yield "CPU at the largest table, × at 100,000 rows", results.growth, less, 1.4, 1
    if results.seals is not None:
        yield "cost of seals, share", results.seals, less, 0.1, 0.03


def _plot(results: Results) -> None:
    bars = {
        "usual way, 1 × 8": [results.usual[hot].per_second for hot, _ in _SHAPES],
        "raw limit (pgbench), 1 × 8": [results.limit, 0],
        **{
            f"ledger.post, batch of {size:,}": [
                results.best(size, hot=hot).per_second for hot, _ in _SHAPES
            ]
            for size in (1, 10, 100, 1000, 8000)
        },
        f"intake, {CALLERS} callers": [
            _fastest(results.intake[CALLERS, hot]).per_second for hot, _ in _SHAPES
        ],
    }
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    draw(PLOT, "Transfers per second (logarithmic)", [shape for _, shape in _SHAPES], bars)
