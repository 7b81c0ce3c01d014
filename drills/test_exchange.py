"""Purchases by the hundred while workers are killed and answers are lost; then books and venue meet."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connections, transaction

from drills.running import ROOT
from drills.scale import scaled
from fondaco.exchange import models
from fondaco.exchange.actions.placing import Placing, place_all
from fondaco.exchange.states import CoverState
from fondaco.exchange.tests.cast import take
from fondaco.exchange.types import Ask
from fondaco.kit.django import tenancy
from fondaco.kit.django.locks import LockTimeout, retrying
from fondaco.money import Money
from fondaco.wallets.tests.cast import Person, new_client
from sandbox.venues_binance import BinanceVenue
from tests.plumbing.bourses import Stand, stand_at
from tests.plumbing.serving import sandbox

pytestmark = [pytest.mark.drill, pytest.mark.usefixtures("tenant")]

THREADS = 50
PATIENCE_S = 60


@pytest.fixture
def stand() -> Iterator[Stand]:
    with sandbox(BinanceVenue()) as origin, stand_at(origin, "binance", timeout_s=10) as made:
        yield made


class TestLostAnswers:
    def test_never_double_a_covering_order(
        self, stand: Stand, record_property: Callable[[str, object], None]
    ) -> None:
        count, who = scaled(500, at_least=10), new_client("1000000.00")
        placings = [
            Placing(customer_id=who.customer_id, ask=stand.ask(who, "1"), by=who.actor)
            for _ in range(count)
        ]
        with transaction.atomic():
            place_all(placings)
        stand.misbehave(lost_answers=0.3)
        stand.work()
        stand.misbehave(lost_answers=0.0)
        stand.finish()
        placed = stand.placed()
        filled = models.CoveringOrder.objects.filter(
            batch__symbol=stand.symbol, state=CoverState.FILLED
        )
        record_property("covering orders", count)
        record_property("at the venue", len(placed))
        assert len(placed) == filled.count() == count
        assert who.available(stand.pair.get.code) == f"{count}.00000000"


class TestKilledWorkers:
    def test_lose_no_order_and_no_coin(
        self, stand: Stand, record_property: Callable[[str, object], None]
    ) -> None:
        count = scaled(1000, at_least=THREADS)
        people = [new_client("10000.00") for _ in range(5)]
        with killing(stand.symbol) as kills:
            buy_at_once(stand, people, count)
            time.sleep(1)
        stand.finish()
        rows = models.ExchangeOrder.objects.filter(pair=stand.pair.name)
        orders = list(rows.select_related("order"))
        states = [one.order.state for one in orders]
        shares = models.Share.objects.filter(batch__symbol=stand.symbol)
        covers = models.CoveringOrder.objects.filter(batch__symbol=stand.symbol)
        bought = sum(int(one.base_minor) for one in covers)
        record_property("orders", count)
        record_property("workers killed", len(kills))
        assert len(orders) == count
        assert set(states) <= {"closed", "error"}
        assert sum(int(one.base_minor) for one in shares) == bought
        served = {one.order_id: int(one.base_minor) for one in shares if one.order_id}
        closed = {one.order_id for one in orders if one.order.state == "closed"}
        assert set(served) == closed
        assert held_by(stand, people) == sum(served.values()) == 10_000_000 * len(closed)
        assert len(stand.placed()) == covers.filter(state=CoverState.FILLED).count()


def held_by(stand: Stand, people: list[Person]) -> int:
    code = stand.pair.get.code
    texts = [one.available(code) for one in people]
    return sum(Money.parse(text, stand.pair.get).minor for text in texts if text != "none")


def buy_at_once(stand: Stand, people: list[Person], count: int) -> None:
    """Make purchases of 2.00 dollars from many threads."""
    scope = tenancy.current()

    def buy(number: int) -> None:
        who = people[number % len(people)]
        try:
            with tenancy.scope(scope):
                take_patiently(who, stand.ask(who, "0.1"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(buy, range(count)))


def take_patiently(who: Person, ask: Ask) -> None:
    """Place an order, and again when the house was busy and changed nothing, as it asks its clients to."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            retrying(lambda: take(who, ask), tries=10)
        except LockTimeout as busy:
            assert time.monotonic() < deadline, "the house is busy for too long"
            time.sleep(busy.retry_after_s or 1)
        else:
            return


@contextmanager
def killing(symbol: str) -> Iterator[list[int]]:
    """Run workers beside the block, each killed without warning after a while."""
    kills, over, dice = list[int](), list[bool](), random.Random(11)
    tenant = tenancy.current().name

    def run() -> None:
        while not over:
            command = [sys.executable, "-m", "drills.exchange_worker", tenant, symbol]
            worker = subprocess.Popen(command, cwd=ROOT)
            time.sleep(3 + dice.random() * 2)
            worker.send_signal(signal.SIGKILL)
            kills.append(worker.wait())

    with ThreadPoolExecutor(1) as pool:
        killer = pool.submit(run)
        try:
            yield kills
        finally:
            over.append(True)
            killer.result(60)
