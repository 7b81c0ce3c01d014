"""What the clock has several workers do at once: each fact is written and told once."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from fondaco.exchange import models
from fondaco.exchange.actions import positions, reconciling
from fondaco.exchange.queries.venues import list_venues
from fondaco.exchange.states import Cover
from fondaco.exchange.tests.cast import Stall, later, state_of, together
from fondaco.market import queries as market
from fondaco.wallets.tests.cast import new_client

pytestmark = pytest.mark.usefixtures("tenant")

WORKERS = 5


def told(type_: str, fact: str, value: str) -> int:
    """Count the events of a type that say something."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM kit_event WHERE type = %s AND data ->> %s = %s",
            [type_, fact, value],
        )
        return int(cursor.fetchone()[0])


class TestALostAnswer:
    def test_looked_up_by_several_workers_is_booked_once_and_sent_never_again(
        self, aban: Stall
    ) -> None:
        aban.bourse.loses = lambda: "answer"
        who = new_client("100.00")
        made = aban.buy(who, "3")
        aban.work()
        assert state_of(made) == "in_progress"

        def look() -> None:
            with later(seconds=10):
                aban.work()

        together(look, times=WORKERS)
        with later(seconds=20):
            aban.work()  # in case the last of them was busy with what the first had locked
        assert (state_of(made), who.available()) == ("closed", "40.00")
        assert who.available(aban.coin.code) == "3.00000000"
        assert len(aban.bourse.received) == 1


class TestReconcilingVenues:
    def test_by_several_workers_writes_and_tells_a_difference_once(self, aban: Stall) -> None:
        aban.bourse.rich = False
        aban.bourse.balances = {aban.coin.code: Decimal(7)}
        aban.swap(new_client("100.00"), get=aban.coins("2"))
        (account,) = [one for one in list_venues() if one.label == aban.bourse.label]
        models.ExchangeOrder.objects.filter(symbol=aban.symbol).update(queued_at=None)
        together(lambda: reconciling.reconcile(account=account), times=WORKERS)
        stated = models.Balance.objects.filter(venue=aban.bourse.label)
        assert [(one.asset, int(one.minor)) for one in stated] == [(str(aban.coin), 700_000_000)]
        assert told("exchange.venue.differs", "venue", aban.bourse.label) == 1


class TestWatchingPositions:
    def test_by_several_workers_stops_a_pair_once(self, aban: Stall) -> None:
        aban.set(Cover.OFF)
        aban.swap(new_client("100.00"), get=aban.coins("4"))
        aban.set(Cover.OFF, position_max_minor=300_000_000)
        pair, done = market.get_pair(name=aban.pair.name), list[Any]()
        together(lambda: done.append(positions.check(pair=pair)), times=WORKERS)
        assert sorted(done) == [False] * (WORKERS - 1) + [True]
        assert market.get_pair(name=aban.pair.name).is_suspended
        assert told("exchange.position.limit_passed", "pair", aban.pair.name) == 1
        assert told("market.pair.suspended", "pair", aban.pair.name) == 1
