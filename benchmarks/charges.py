"""Charges over HTTP: into one merchant's wallet and spread over many, beside the same endpoint the usual way.

Load generator, web and database share the machine; rate limits, idempotency keys, events and audit are on.
After each run the books are compared with the answers: nothing lost, nothing doubled.
"""

import json
from typing import Any, Final

from django.db import connection

from benchmarks import raw
from benchmarks.cast import Cast, gather
from benchmarks.figures import Figures
from benchmarks.runs import Run, perform
from benchmarks.stage import Web, web
from fondaco.kit.django import tenancy
from fondaco.project.postgres import Server

CONNECTIONS: Final = 160
MERCHANTS: Final = 500
CLIENTS: Final = 5000
ROUNDS: Final = 3
"""Everything is measured so often, one after the other, since the speed of a shared machine drifts."""
_OURS: Final = "/api/v1/charges"
_USUAL: Final = "/api/v1/usual/charges"
_HOT: Final = "one merchant"
Rows = dict[tuple[str, str], list[Run]]
"""The rounds of each way and shape."""


def measure(server: Server, *, seconds: float, quick: bool) -> list[Figures]:
    """Run both ways, hot and spread, and one read; give the tables."""
    with tenancy.scope("demo"):
        cast = gather(merchants=20 if quick else MERCHANTS, clients=200 if quick else CLIENTS)
        with web(workers=2, threads=CONNECTIONS // 2) as running:
            stage = _Stage(server, running, cast, seconds)
            stage.warm_up()
            spread = f"{len(cast.merchant_bearers)} merchants"
            rows: Rows = {}
            reads: list[Run] = []
            limits: list[float] = []
            for _ in range(1 if quick else ROUNDS):
                limits.append(raw.minimal_transfers_per_second(server, seconds=seconds))
                for way, path in (("usual", _USUAL), ("Fondaco", _OURS)):
                    for shape in (_HOT, spread):
                        run = stage.charge(path, hot=shape == _HOT)
                        rows.setdefault((way, shape), []).append(run)
                reads.append(stage.read_wallets())
    return [_charges_table(rows, max(limits)), _reads_table(reads)]


class _Stage:
    def __init__(self, server: Server, running: Web, cast: Cast, seconds: float) -> None:
        self._server, self._web, self._cast, self._seconds = (
            server,
            running,
            cast,
            seconds,
        )

    def warm_up(self) -> None:
        """Open every connection and fill every cache before anything is counted."""
        for path in (_OURS, _USUAL):
            self._load(self._plan(path, hot=False) | {"seconds": 3})

    def charge(self, path: str, *, hot: bool) -> Run:
        """Charge for a while, then hold the books against the answers."""
        before = _count(path)
        run = self._load(self._plan(path, hot=hot))
        done = run.load["statuses"].get("201", 0)
        if set(run.load["statuses"]) != {"201"} or run.load["lost"]:
            raise AssertionError(f"not every charge was answered with 201: {run.load}")
        if _count(path) - before != done:
            raise AssertionError(f"{done} charges answered, {_count(path) - before} in the books")
        return run

    def read_wallets(self) -> Run:
        """Read wallets, each by its owner."""
        return self._load(
            {
                "method": "GET",
                "paths": [f"/api/v1/wallets/{token}" for token in self._cast.wallet_tokens],
                "bearers": self._cast.client_bearers,
                "connections": 8,
            }
        )

    def _plan(self, path: str, *, hot: bool) -> dict[str, Any]:
        bearers = self._cast.merchant_bearers
        bodies = [
            json.dumps({"wallet": token, "amount": "1.00", "summary": "a measured charge"})
            for token in self._cast.wallet_tokens
        ]
        return {
            "method": "POST",
            "path": path,
            "bearers": bearers[:1] if hot else bearers,
            "bodies": bodies,
            "keys": True,
            "connections": CONNECTIONS,
        }

    def _load(self, plan: dict[str, Any]) -> Run:
        return perform(self._server, self._web, {"seconds": self._seconds} | plan)


def _count(path: str) -> int:
    """Count what the books hold: the charges of one way that moved money."""
    usual = "SELECT count(*) FROM usual_usualoperation WHERE success"
    ours = "SELECT count(*) FROM ledger_transfer WHERE kind = 'wallets.charge'"
    with connection.cursor() as cursor:
        cursor.execute(usual if path == _USUAL else ours)
        (count,) = cursor.fetchone()
    return int(count)


def _charges_table(rows: Rows, limit: float) -> Figures:
    """Show the fastest round of each, and name the others."""
    table = Figures(
        f"Charges over HTTP, {CONNECTIONS} connections, load generator included",
        (
            "way, payees", "charges/s", "× usual", "p50 ms", "p99 ms", "web µs", "database µs",
            "load µs", "of raw limit",
        ),
    )  # fmt: skip
    best = {name: max(runs, key=_per_second) for name, runs in rows.items()}
    for (way, shape), run in best.items():
        table.add(
            f"{way}, {shape}",
            run.per_second,
            run.per_second / best["usual", shape].per_second,
            float(run.load["p50_ms"]),
            float(run.load["p99_ms"]),
            run.cpu_us(run.web_cpu_s),
            run.cpu_us(run.database_cpu_s),
            run.cpu_us(run.load["cpu_s"]),
            f"{run.per_second / limit:.0%}",
        )
    rounds = "; ".join(
        f"{way}, {shape} " + ", ".join(f"{run.per_second:,.0f}" for run in runs)
        for (way, shape), runs in rows.items()
    )
    table.note(f"the fastest of several rounds, which took turns: {rounds}")
    hot, spread = (
        sum(map(_per_second, runs)) for (way, _), runs in rows.items() if way == "Fondaco"
    )
    table.note(f"one merchant against spread, over all rounds: {hot / spread:.2f}")
    table.note(
        f"raw limit: {limit:,.0f} calls/s of a minimal function (two updates, two inserts) by pgbench"
    )
    table.note("every answer was 201; the books held exactly as many charges as were answered")
    return table


def _reads_table(runs: list[Run]) -> Figures:
    """Show the round that took least of web, and name the others; what disturbs only ever adds."""
    table = Figures(
        "GET of a wallet, 8 connections",
        ("requests/s", "p50 ms", "p99 ms", "web CPU µs"),
    )
    for run in runs:
        if set(run.load["statuses"]) != {"200"}:
            raise AssertionError(f"not every read was answered with 200: {run.load}")
    costs = [run.cpu_us(run.web_cpu_s) for run in runs]
    best = runs[costs.index(min(costs))]
    table.add(best.per_second, float(best.load["p50_ms"]), float(best.load["p99_ms"]), min(costs))
    table.note("web CPU µs, by round: " + ", ".join(f"{cost:,.0f}" for cost in costs))
    return table


def _per_second(run: Run) -> float:
    return run.per_second
