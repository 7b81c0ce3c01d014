"""What prices cost: calculating from memory, promising a quote, and asking three venues each second.

The venues are simulated by one process and speak their own wires over HTTP; another one asks each of them
once a second, for all pairs. What polling costs is that process's processor time: it asks, parses, guards
and writes. This process asks for prices meanwhile, as web processes do: how much is remembered, how old it
gets.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from queue import Queue
from statistics import median
from typing import Final

import httpx
from django.db import connection

from benchmarks.cast import gather
from benchmarks.figures import Figures
from benchmarks.stage import database_cpu_s
from drills.running import ROOT, free_ports
from fondaco.identity import models as people
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.market import actions, feeds, queries
from fondaco.market.board import counts
from fondaco.market.states import CurrencyKind, CurrencyUse, PriceMode, SourceKind
from fondaco.market.types import MarketPair, NewCurrency, PairTerms, SourceTerms
from fondaco.money import Asset, Money
from fondaco.project.postgres import Server

PAIRS: Final = 100
VENUES: Final = (SourceKind.KRAKEN, SourceKind.BINANCE, SourceKind.HTX)
_USD: Final = Asset("USD", 2)
_ASK: Final = Money(6_000, _USD)
_MILLI: Final = 1e3
_QUOTES: Final = 200
_CALLS: Final = 2_000
_START_S: Final = 60
_PAUSE_S: Final = 0.02
_GOAL: Final = 25


@dataclass(slots=True)
class _Caller:
    """Ask for prices again and again, and note how old they are."""

    pairs: Sequence[MarketPair]
    ages_s: list[float] = field(default_factory=list)

    def ask(self) -> None:
        """Ask for every pair once."""
        for pair in self.pairs:
            told = queries.calculate(pair=pair.name, amount_to_spend=_ASK)
            self.ages_s.append((clock.now() - told.rate.at).total_seconds())


def measure(server: Server, *, seconds: float, quick: bool) -> Sequence[Figures]:
    """Measure calculating, quoting and polling; give the tables."""
    with tenancy.scope("demo"), _street() as street:
        gather(merchants=1, clients=1)
        pairs = _make_pairs(street, 10 if quick else PAIRS)
        actions.poll_tenants()
        tables = [_calls(pairs[0]), _polls(server, street, pairs, rounds=max(5, int(seconds)))]
    feeds.close_all()
    return tables


def _calls(pair: MarketPair) -> Figures:
    table = Figures("Prices for customers", ["what", "calls", "ms of web CPU", "goal"])
    customer_id = people.Customer.objects.filter(kind="client").values_list("id", flat=True)[0]
    calculate = partial(queries.calculate, pair=pair.name, amount_to_spend=_ASK)
    promise = partial(
        actions.make_quote,
        customer_id=customer_id,
        pair=pair.name,
        amount_to_spend=_ASK,
        by=SYSTEM,
    )
    table.add("calculate, from memory", _CALLS, _cpu_ms(calculate, _CALLS), 1.0)
    table.add("make a quote, which writes", _QUOTES, _cpu_ms(promise, _QUOTES), "none")
    return table


def _polls(server: Server, street: str, pairs: Sequence[MarketPair], *, rounds: int) -> Figures:
    """Let another process poll, and ask for prices here meanwhile, as a web process does."""
    table = Figures(
        f"{len(pairs)} pairs × {len(VENUES)} venues each second, one call of each venue",
        ["rounds", "% of a core, poller", "goal", "% of a core, database", "ms of a round"],
    )
    caller, ticks = _Caller(pairs), _ticks()
    with _poller(rounds) as poller:
        poller.heard.get(timeout=_START_S)
        before, base, number = _counted(), database_cpu_s(server), 0
        began = time.monotonic()
        while poller.heard.empty():
            if time.monotonic() - began > number:
                number += 1
                _move(street, pairs, number)
            caller.ask()
            time.sleep(_PAUSE_S)
        base = database_cpu_s(server) - base
        told = json.loads(poller.heard.get())
    shares = (100 * told["cpu_s"] / rounds, _GOAL, 100 * base / rounds)
    table.add(rounds, *shares, 1000 * told["took_s"] / rounds)
    wanted, looked, made = (now - then for now, then in zip(_counted(), before, strict=True))
    table.note(f"ticks written: {_ticks() - ticks:,}; the database's share holds the caller's too")
    table.note(
        f"prices remembered: {1 - made / wanted:.2%} of {wanted:,} asked for; "
        f"{made:,} made anew, {looked:,} looks at the database"
    )
    ages = sorted(caller.ages_s)
    table.note(
        f"age of the prices given, from the venue's own time on: median {median(ages):.2f} s, "
        f"99th percentile {ages[int(0.99 * len(ages))]:.2f} s, oldest {ages[-1]:.2f} s"
    )
    return table


@dataclass(slots=True)
class _Poller:
    """Hear what the polling process says: that it is ready, and what it came to."""

    process: subprocess.Popen[str]
    heard: Queue[str] = field(default_factory=Queue)

    def listen(self) -> None:
        """Hear line by line until it ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.heard.put(line)


@contextmanager
def _poller(rounds: int) -> Iterator[_Poller]:
    """Run the polling process; it stays until the block ends, so that its server process can be read."""
    command = [sys.executable, "-m", "benchmarks.poller", str(rounds)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        made = _Poller(process)
        ear = threading.Thread(target=made.listen)
        ear.start()
        try:
            yield made
        finally:
            assert process.stdin is not None
            process.stdin.close()
            ear.join()


def _counted() -> tuple[int, int, int]:
    return counts.asked, counts.looked, counts.made


def _ticks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM market_tick")
        (found,) = cursor.fetchone()
    return int(found)


def _make_pairs(street: str, count: int) -> list[MarketPair]:
    """List coins at all venues, and price each by the median of them."""
    codes = [kind.value for kind in VENUES]
    for kind in VENUES:
        terms = SourceTerms(max_age_s=60, base_url=f"{street}/{kind.value}")
        actions.add_source(code=kind.value, kind=kind, terms=terms, by=SYSTEM)
    pairs = []
    for number in range(count):
        asset = Asset(f"COIN{number}", 8)
        listing = {"symbol": f"{asset.code}/USD", "price": "20"}
        for code in codes:
            _control("POST", street, f"exchanges/{code}/listings", listing)
        uses = frozenset(CurrencyUse)
        new = NewCurrency(asset=asset, name="Coin", kind=CurrencyKind.CRYPTO, uses=uses)
        actions.add_currency(new=new, by=SYSTEM)
        terms_of = PairTerms(mode=PriceMode.SOURCES, sources=tuple(codes))
        pairs.append(actions.add_pair(base=asset.code, quote="USD", terms=terms_of, by=SYSTEM))
    return pairs


def _move(street: str, pairs: Sequence[MarketPair], number: int) -> None:
    """Move all prices a little at every venue."""
    for place, kind in enumerate(VENUES):
        price = format(Decimal(20) + Decimal(number % 10 + place).scaleb(-2), "f")
        prices = {f"{pair.base.code}/USD": price for pair in pairs}
        _control("PUT", street, f"exchanges/{kind.value}/prices", prices)


def _control(method: str, street: str, path: str, body: object) -> None:
    httpx.request(method, f"{street}/control/{path}", json=body, timeout=30).raise_for_status()


@contextmanager
def _street() -> Iterator[str]:
    """Run the simulated venues as a process of their own; gives the origin."""
    (port,) = free_ports(1)
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "benchmarks.street:application", "--port", str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    origin = f"http://127.0.0.1:{port}"
    try:
        _wait(origin)
        yield origin
    finally:
        process.terminate()
        process.wait(30)


def _wait(origin: str) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{origin}/livez", timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise TimeoutError("the simulated venues do not answer")


def _cpu_ms(act: Callable[[], object], times: int) -> float:
    """Give the processor time of one call (milliseconds)."""
    act()
    begun = time.process_time()
    for _ in range(times):
        act()
    return (time.process_time() - begun) / times * _MILLI
