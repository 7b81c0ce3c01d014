"""The demo's market: coins are bought at the sandbox over HTTP, as the tour shows it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import httpx
import pytest
from rich.console import Console

from fondaco.exchange.tasks import cover_waiting
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.options import override
from fondaco.market.actions.polling import list_feeds, publish
from fondaco.market.feeds import ask_all
from fondaco.market.queries.rates import list_rates
from fondaco.project.demo_market import seed_market
from fondaco.project.wsgi import application
from sandbox.venues_binance import BinanceVenue
from sandbox.venues_htx import HtxVenue
from sandbox.venues_kraken import KrakenVenue
from tests.plumbing.serving import sandbox
from tools import tour, tour_exchange
from tools.guide import Guide


class Working(httpx.WSGITransport):
    """Do what the worker does before an answer that waits for it."""

    def __init__(self, tenant: Any) -> None:
        super().__init__(app=application)
        self._tenant = tenant

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and "/purchases/" in request.url.path:
            with tenancy.scope(self._tenant):
                cover_waiting()
        return super().handle_request(request)


@pytest.fixture
def house(fresh_tenant: Callable[[], Any]) -> Iterator[Any]:
    """Give a demo's market, twice seeded, beside a sandbox."""
    made = fresh_tenant()
    with sandbox(KrakenVenue(), BinanceVenue(), HtxVenue()) as origin:
        with override(sandbox_url=origin, environment="development"), tenancy.scope(made):
            for _ in range(2):
                seed_market(by=SYSTEM)
        yield made


class TestTheDemosMarket:
    def test_sells_as_the_tour_shows_it(self, house: Any) -> None:
        origin = f"http://{house.name.replace('_', '-')}.test"
        guide = Guide(origin, Console(file=StringIO()), Working(house))
        ada = tour.sign_up_client(guide)
        tour_exchange.buy(guide, ada)
        assert guide.wrong == []

    def test_has_prices_of_venues_and_of_the_central_bank(self, house: Any) -> None:
        with tenancy.scope(house):
            feeds, asked_at = list_feeds(), clock.now()
            told = ask_all(set(feeds.values()))
            publish(told={code: told[feed] for code, feed in feeds.items()}, asked_at=asked_at)
            prices = {one.pair for one in list_rates()}
        assert {"ABAN_USD", "BTC_USD", "ETH_USD", "BTC_UAH", "BTC_USDT", "USD_BTC"} <= prices
        assert {"EUR_USD", "USD_EUR"} <= prices

    def test_keeps_the_central_bank_s_prices_when_nobody_touches_it(self, house: Any) -> None:
        with tenancy.scope(house), clock.set_to(clock.now() + timedelta(days=365)):
            prices = {one.pair for one in list_rates()}
        assert {"EUR_USD", "USD_EUR", "ABAN_USD"} <= prices
