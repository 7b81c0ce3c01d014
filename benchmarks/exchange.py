"""Purchases over HTTP: small ones that join a batch and large ones that wake a worker, beside the usual way.

Load generator, web and database share the machine; idempotency keys, rules, events and audit are on. Orders
are taken here and covered nowhere: no worker runs, and no venue is asked. After each run the orders and the
money that is held for them are compared with the answers.
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from benchmarks.cast import Cast, gather
from benchmarks.figures import Figures
from benchmarks.runs import Run, perform
from benchmarks.stage import Web, web
from fondaco.connections import actions as connections
from fondaco.connections.states import Environment, Family
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.market import actions as market
from fondaco.market.states import CurrencyKind, CurrencyUse, PriceMode
from fondaco.market.types import NewCurrency, PairTerms
from fondaco.money import Asset
from fondaco.project.postgres import Server

CONNECTIONS: Final = 128
CLIENTS: Final = 500
FLOOR_PER_SECOND: Final = 300
FLOOR_TIMES_USUAL: Final = 1.5
_OURS: Final = "/api/v1/purchases"
_USUAL: Final = "/api/v1/usual/purchases"
_SHAPES: Final = {"small": "0.3", "large": "3"}
"""What is bought: 6.00 dollars wait for others, 60.00 are covered at once."""
_COIN: Final = Asset("ABAN", 8)


def measure(server: Server, *, seconds: float, quick: bool) -> list[Figures]:
    """Run both ways, small and large; give the table."""
    with tenancy.scope("demo"):
        cast = gather(merchants=1, clients=200 if quick else CLIENTS)
        _open_market()
        with web(workers=2, threads=CONNECTIONS // 2) as running:
            stage = _Stage(server, running, cast, seconds)
            for path in (_OURS, _USUAL):
                stage.warm_up(path)
            rows = {
                (way, shape): stage.buy(path, amount)
                for shape, amount in _SHAPES.items()
                for way, path in (("usual", _USUAL), ("Fondaco", _OURS))
            }
    return [_table(rows)]


class _Stage:
    def __init__(self, server: Server, running: Web, cast: Cast, seconds: float) -> None:
        self._server, self._web, self._cast, self._seconds = server, running, cast, seconds

    def warm_up(self, path: str) -> None:
        """Have every customer buy, so that connections, accounts and caches are there before we measure.

        A customer's first purchase opens his account in the coin, which costs more than the purchase.
        """
        bought = 0
        while bought < len(self._cast.client_bearers):
            plan = self._plan(path, "0.3")
            rest = plan["bearers"][bought:] + plan["bearers"][:bought]
            run = perform(self._server, self._web, plan | {"bearers": rest, "seconds": 5})
            if set(run.load["statuses"]) != {"201"}:
                raise AssertionError(f"not every purchase was answered with 201: {run.load}")
            bought += run.load["statuses"]["201"]

    def buy(self, path: str, amount: str) -> Run:
        """Buy for a while, then hold the books against the answers."""
        before, held = _count(path), _held(path)
        run = perform(self._server, self._web, self._plan(path, amount))
        done = run.load["statuses"].get("201", 0)
        if set(run.load["statuses"]) != {"201"} or run.load["lost"]:
            raise AssertionError(f"not every purchase was answered with 201: {run.load}")
        if _count(path) - before != done:
            raise AssertionError(f"{done} purchases answered, {_count(path) - before} written")
        if _held(path) - held != done * Decimal(amount) * 2000:
            raise AssertionError(f"for {done} purchases {_held(path) - held} cents are held")
        return run

    def _plan(self, path: str, amount: str) -> dict[str, Any]:
        return {
            "method": "POST",
            "path": path,
            "bearers": self._cast.client_bearers,
            "bodies": [json.dumps({"currency": _COIN.code, "amount": amount})],
            "keys": True,
            "connections": CONNECTIONS,
            "seconds": self._seconds,
        }


def _open_market() -> None:
    """Sell a coin at a price that stands, and let the house have an account at a venue."""
    uses = frozenset(CurrencyUse)
    new = NewCurrency(asset=_COIN, name="Aban", kind=CurrencyKind.CRYPTO, uses=uses)
    market.add_currency(new=new, by=SYSTEM)
    terms = PairTerms(mode=PriceMode.STATIC, static_price=Decimal("20.00"))
    market.add_pair(base=_COIN.code, quote="USD", terms=terms, by=SYSTEM)
    connections.seed(
        family=Family.EXCHANGE,
        kind="binance",
        label="nobody",
        environment=Environment.SANDBOX,
        credentials={"key": "none", "secret": "none"},
        settings={"base_url": "http://127.0.0.1:9/binance"},
        by=SYSTEM,
    )


def _count(path: str) -> int:
    """Count the orders of one way whose money is held."""
    usual = "SELECT count(*) FROM usual_usualorder WHERE state <> 'error'"
    ours = "SELECT count(*) FROM orders_order WHERE kind = 'purchase' AND state <> 'error'"
    return int(_number(usual if path == _USUAL else ours))


def _held(path: str) -> Decimal:
    """Sum what is held for purchases (cents)."""
    usual = "SELECT coalesce(sum(held), 0) FROM usual_usualwallet"
    ours = "SELECT coalesce(sum(amount), 0) FROM ledger_hold"
    return _number(usual if path == _USUAL else ours)


def _number(query: str) -> Decimal:
    with connection.cursor() as cursor:
        cursor.execute(query)
        (found,) = cursor.fetchone()
    return Decimal(found)


def _table(rows: dict[tuple[str, str], Run]) -> Figures:
    columns: Sequence[str] = (
        "way, order", "purchases/s", "× usual", "p50 ms", "p99 ms", "web µs", "database µs", "load µs",
    )  # fmt: skip
    table = Figures(
        f"Purchases over HTTP, {CONNECTIONS} connections, load generator included", columns
    )
    for (way, shape), run in rows.items():
        table.add(
            f"{way}, {shape}",
            run.per_second,
            run.per_second / rows["usual", shape].per_second,
            float(run.load["p50_ms"]),
            float(run.load["p99_ms"]),
            run.cpu_us(run.web_cpu_s),
            run.cpu_us(run.database_cpu_s),
            run.cpu_us(run.load["cpu_s"]),
        )
    table.note(f"floors: {FLOOR_PER_SECOND} purchases/s and {FLOOR_TIMES_USUAL} × the usual way")
    table.note("every answer was 201; as many orders were written, and as much money is held")
    return table
