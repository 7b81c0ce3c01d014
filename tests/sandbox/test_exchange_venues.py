"""One suite over all places to trade at: purchases are covered at each simulated venue, over its own wire."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from fondaco.connections.states import Health
from fondaco.exchange import models
from fondaco.exchange.actions.cancelling import cancel
from fondaco.exchange.actions.covering import LOOKS_TOLD
from fondaco.exchange.providers.registry import OPENERS, open_account
from fondaco.exchange.providers.venue import VenueProvider
from fondaco.exchange.queries.covers import get_covering
from fondaco.exchange.states import BatchState, CoverState
from fondaco.exchange.tests.cast import state_of, take
from fondaco.exchange.types import CoverId, Exchange, OrderKindName
from fondaco.kit.django.models.events import Event
from fondaco.kit.options import override
from fondaco.vendors.venues import Declined, Holds, OrderAsk, OrderUnknown, OrderWord, Side
from fondaco.wallets.tests.cast import Person, new_client
from sandbox.venues_binance import BinanceVenue
from sandbox.venues_htx import HtxVenue
from sandbox.venues_kraken import KrakenVenue
from tests.plumbing.bourses import SECRETS, Stand, stand_at
from tests.plumbing.serving import sandbox

pytestmark = pytest.mark.usefixtures("tenant")

HASTE_S = 2
"""How long those wait for a venue who shall find it too slow."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Serve all venues for all tests; each test lists a coin of its own."""
    with sandbox(KrakenVenue(), BinanceVenue(), HtxVenue()) as address:
        yield address


@pytest.fixture(params=sorted(SECRETS))
def stand(request: pytest.FixtureRequest, origin: str, tenant: Any) -> Iterator[Stand]:
    """A coin at 20.00 dollars, which the venue sells at 19.90."""
    del tenant
    with stand_at(origin, request.param) as made:
        yield made
        forgive(made)


@pytest.fixture(params=sorted(SECRETS))
def hasty(request: pytest.FixtureRequest, origin: str, tenant: Any) -> Iterator[Stand]:
    """A coin as that of ``stand``, for which nobody waits long."""
    del tenant
    with stand_at(origin, request.param, timeout_s=HASTE_S) as made:
        yield made
        forgive(made)


def forgive(stand: Stand) -> None:
    """Have the venue behave; what is late is in time with it."""
    stand.misbehave(
        lost_answers=0.0,
        lost_requests=0.0,
        rate_limited=False,
        price_factor="1",
        stale_s=0.0,
        status_word="",
        fill_share="1",
    )


def buy(stand: Stand, amount: str = "3") -> tuple[Person, Exchange]:
    who = new_client("100.00")
    return who, take(who, stand.ask(who, amount))


def held(stand: Stand, who: Person) -> str:
    return who.available(stand.pair.get.code)


def filled(stand: Stand) -> int:
    """Sum what the venue itself says that it sold (minor units)."""
    sold = sum((Decimal(one["filled"]) for one in stand.placed()), Decimal(0))
    return int(sold.scaleb(stand.pair.get.scale))


def booked(stand: Stand) -> int:
    return sum(int(one.base_minor) for one in stand.covers())


def told(stand: Stand, kind: str) -> list[dict[str, Any]]:
    """Give what events of a kind say about the coin."""
    rows = Event.objects.filter(type=kind).order_by("id")
    return [row.data for row in rows if row.data["symbol"] == stand.symbol]


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.1)


def worked(stand: Stand) -> str:
    """Work, and give where the only batch stands then."""
    stand.work()
    return str(stand.batches().get().state)


def test_covers_every_kind_that_there_is() -> None:
    assert set(SECRETS) | {"huobi"} == set(OPENERS) - {"bourse"}


class TestPlace:
    def test_buys_and_books_what_the_venue_sold(self, stand: Stand) -> None:
        who, made = buy(stand)
        stand.work()
        stand.look()
        (placed,) = stand.placed()
        (cover,) = stand.covers()
        assert (state_of(made), held(stand, who)) == ("closed", "3.00000000")
        assert placed["client_order_id"] == str(cover.id)
        assert (filled(stand), booked(stand)) == (300_000_000, 300_000_000)
        fills = models.Fill.objects.filter(cover=cover)
        assert sum(one.amount for one in fills) == Decimal(3)
        assert sum(one.cost for one in fills) == Decimal(placed["cost"])

    def test_is_not_repeated_by_a_second_worker(self, stand: Stand) -> None:
        _, made = buy(stand)
        for _ in range(3):
            stand.look()
        assert (state_of(made), len(stand.placed())) == ("closed", 1)


class TestALostAnswer:
    def test_is_looked_up_by_our_own_identifier(self, stand: Stand) -> None:
        who, made = buy(stand)
        stand.close()
        stand.misbehave(lost_answers=1.0)
        stand.work()
        assert (stand.states(), state_of(made)) == ([CoverState.SENT], "in_progress")
        forgive(stand)
        stand.look()
        assert (stand.states(), state_of(made)) == ([CoverState.FILLED], "closed")
        assert (len(stand.placed()), held(stand, who)) == (1, "3.00000000")

    def test_with_its_request_is_believed_late_and_bought_once(self, stand: Stand) -> None:
        who, made = buy(stand)
        stand.close()
        stand.misbehave(lost_requests=1.0)
        stand.work()
        forgive(stand)
        stand.look()
        assert (stand.states(), stand.placed()) == ([CoverState.SENT], [])
        stand.finish()
        assert stand.states() == [CoverState.FAILED, CoverState.FILLED]
        assert (state_of(made), held(stand, who), len(stand.placed())) == (
            "closed",
            "3.00000000",
            1,
        )


class TestASlowVenue:
    @pytest.mark.parametrize("how", [{"latency_s": HASTE_S + 1}, {"trickle_s": 0.1}])
    def test_that_answers_after_its_time_is_not_sent_to_again(
        self, hasty: Stand, how: dict[str, Any]
    ) -> None:
        who, made = buy(hasty)
        hasty.close()
        hasty.misbehave(**how)
        hasty.work()
        assert (hasty.states(), state_of(made)) == ([CoverState.SENT], "in_progress")
        assert held(hasty, who) == "0.00000000"
        forgive(hasty)
        wait_for(lambda: len(hasty.placed()) == 1)
        hasty.look()
        assert (state_of(made), held(hasty, who)) == ("closed", "3.00000000")
        assert (len(hasty.placed()), booked(hasty)) == (1, 300_000_000)


class TestAPartOfAnOrder:
    def test_is_booked_and_the_rest_is_bought_by_further_orders(self, stand: Stand) -> None:
        who, made = buy(stand)
        stand.close()
        stand.control("PUT", f"exchanges/{stand.kind}/prices", {stand.symbol: "19.80"})
        stand.misbehave(fill_share="0.4")
        with override(exchange_tries_max=30):
            stand.work()  # htx tells no more than that it has it
            stand.look()
            assert stand.states()[0] == CoverState.FILLED
            first = stand.covers()[0]
            assert 0 < int(first.base_minor) < 300_000_000
            forgive(stand)
            stand.finish()
        assert (state_of(made), held(stand, who)) == ("closed", "3.00000000")
        assert filled(stand) == booked(stand) >= 300_000_000
        shares = models.Share.objects.filter(batch__symbol=stand.symbol)
        assert sum(int(one.base_minor) for one in shares) == booked(stand)


class TestAWordThatNobodyKnows:
    def test_holds_the_order_and_alerts_once(self, stand: Stand) -> None:
        who, made = buy(stand)
        stand.close()
        stand.misbehave(status_word="teleported", lost_answers=1.0)
        stand.work()
        stand.misbehave(lost_answers=0.0)
        for _ in range(LOOKS_TOLD + 2):
            stand.look()
        assert (state_of(made), held(stand, who), booked(stand)) == ("in_progress", "0.00000000", 0)
        (alert,) = told(stand, "exchange.cover.unclear")
        assert "teleported" in alert["reason"]
        forgive(stand)
        stand.look()
        assert (state_of(made), held(stand, who)) == ("closed", "3.00000000")
        assert len(stand.placed()) == 1


class TestAPriceThatIsWrong:
    @pytest.mark.parametrize(
        ("quirk", "health"),
        [
            ({"price_factor": "100"}, Health.DEGRADED),
            ({"price_factor": "0.01"}, Health.DEGRADED),
            ({"price_factor": "-1"}, Health.DOWN),
            ({"price_factor": "NaN"}, Health.DOWN),
            ({"stale_s": 3600.0}, Health.DOWN),
        ],
        ids=["100 times", "a hundredth", "negative", "NaN", "an hour old"],
    )
    def test_keeps_the_order_here_and_buys_nothing(
        self, stand: Stand, quirk: dict[str, Any], health: Health
    ) -> None:
        who, made = buy(stand)
        stand.misbehave(**quirk)
        stand.work()
        assert (stand.placed(), stand.states(), booked(stand)) == ([], [], 0)
        assert (state_of(made), held(stand, who)) == ("in_progress", "0.00000000")
        assert stand.health() is health
        forgive(stand)
        stand.work()
        stand.look()
        assert (state_of(made), stand.health()) == ("closed", Health.UP)


class TestAVenueThatIsDown:
    def test_keeps_a_batch_for_people_after_a_while(self, stand: Stand) -> None:
        who, made = buy(stand)
        stand.close()
        stand.misbehave(rate_limited=True)
        with override(exchange_stuck_after_s=1):
            wait_for(lambda: worked(stand) == BatchState.WAITING_FOR_OPERATOR)
        assert len(told(stand, "exchange.batch.stuck")) == 1
        assert (state_of(made), held(stand, who), stand.placed()) == (
            "in_progress",
            "0.00000000",
            [],
        )


class TestTakingBack:
    def test_while_nobody_knows_gives_the_coins_if_they_were_bought(self, stand: Stand) -> None:
        who, made = buy(stand)
        stand.close()
        stand.misbehave(lost_answers=1.0)
        stand.work()
        kind = OrderKindName.PURCHASE
        cancel(order_id=made.order.id, customer_id=who.customer_id, kind=kind, by=who.actor)
        assert state_of(made) == "cancelling"
        forgive(stand)
        stand.look()
        assert (state_of(made), held(stand, who)) == ("closed", "3.00000000")

    def test_at_the_venue_ends_what_rests_there_and_nothing_else(self, stand: Stand) -> None:
        buy(stand)
        stand.work()
        stand.look()
        (row,) = stand.covers()
        covering = get_covering(cover_id=CoverId(row.id))
        provider = open_account(stand.account)
        assert isinstance(provider, VenueProvider)
        resting = uuid4()
        provider.venue.place(
            OrderAsk(
                client_order_id=resting,
                symbol=stand.symbol,
                side=Side.BUY,
                amount=Decimal(1),
                price=Decimal(10),
                holds=Holds.UNTIL_CANCELLED,
            )
        )
        waits = replace(covering, id=CoverId(resting))
        assert provider.find(waits).word is OrderWord.OPEN
        provider.cancel(waits)
        assert provider.find(waits).word is OrderWord.CANCELLED
        with pytest.raises((OrderUnknown, Declined)):
            provider.cancel(covering)
        assert provider.find(covering).word is OrderWord.FILLED
