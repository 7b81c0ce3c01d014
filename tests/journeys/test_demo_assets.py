"""The assets of the demo: real prices, and customers with five, seven and no assets as there were before."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib.metadata import PackageNotFoundError
from io import StringIO
from typing import Any
from uuid import UUID

import httpx
import pytest
from rich.console import Console

from fondaco.identity import demo as identity
from fondaco.instruments import demo_data
from fondaco.instruments.queries.prices import find_quoted, get_rates, get_statistics
from fondaco.investing.actions.advice import give_advice
from fondaco.investing.demo import ADVISOR_REFS, seed_assets
from fondaco.investing.queries.performance import get_performance
from fondaco.investing.queries.portfolio import get_portfolio
from fondaco.investing.queries.settings import get_settings
from fondaco.investing.types import AdviceAsk
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.project import demo_money
from fondaco.project.wsgi import application
from tools import tour, tour_investing
from tools.guide import Guide

People = dict[str, UUID]


@pytest.fixture
def people(fresh_tenant: Callable[..., Any]) -> Iterator[People]:
    with tenancy.scope(fresh_tenant().name):
        seeded = identity.seed_people(by=SYSTEM)
        customers = {one.username: one.customer_id for one in seeded if one.customer_id}
        demo_money.seed_money(customers=customers, by=SYSTEM)
        yield dict(customers)


def held(customer_id: UUID) -> int:
    return len(get_portfolio(customer_id=customer_id, at=clock.now()).positions)


class TestSeedAssets:
    def test_gives_customers_five_seven_and_no_assets_at_real_prices(self, people: People) -> None:
        assert seed_assets(customers=people, by=SYSTEM)
        assert [held(people[name]) for name in ADVISOR_REFS] == [5, 7, 0]
        told = get_statistics(symbol="AAPL", days=150, at=clock.now())
        assert (told.instrument.name, told.quoted.day) == ("Apple Inc.", clock.today())
        assert told.quoted.source.shifted_days > 0
        assert "BSD" in told.quoted.source.licence
        assert 90 < len(told.history) < 120
        assert 0.5 < get_rates(currencies=["EUR"], to="USD", at=clock.now())["EUR"] < 2
        settings = get_settings(customer_id=people["lyraking"])
        assert settings.advisor_ref == "user-0000000000000501"
        performance = get_performance(customer_id=people["johnwick"], at=clock.now())
        assert performance is not None
        assert performance.portfolio.reconciliation.difference.minor == 0
        advice = give_advice(customer_id=people["alexray"], ask=AdviceAsk(), by=SYSTEM)
        assert len(advice.inputs["universe"]) == 25
        assert "dates_are_shifted" in advice.answer["warnings"]
        # The second time nothing is there to do, and days later the last prices are told again.
        assert seed_assets(customers=people, by=SYSTEM)
        with clock.set_to(clock.now() + timedelta(days=30)):
            assert seed_assets(customers=people, by=SYSTEM)
            later = find_quoted(symbols=["XNAS.AAPL"], at=clock.now())["XNAS.AAPL"]
            assert (later.is_stale, later.close) == (False, told.quoted.close)
        assert [held(people[name]) for name in ADVISOR_REFS] == [5, 7, 0]
        origin = f"http://{tenancy.current().name.replace('_', '-')}.test"
        guide = Guide(origin, Console(file=StringIO()), httpx.WSGITransport(app=application))
        tour_investing.invest(guide, tour.sign_up_client(guide))
        assert (guide.wrong, guide.asked) == ([], 15)

    @pytest.mark.usefixtures("tenant")
    def test_does_without_the_packages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def nowhere(_: str) -> None:
            raise PackageNotFoundError

        monkeypatch.setattr(demo_data, "files", nowhere)
        assert not seed_assets(customers={}, by=SYSTEM)
