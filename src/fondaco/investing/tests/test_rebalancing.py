"""A portfolio that prices have moved out of its band, and the way back, over HTTP."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest

from fondaco.instruments.tests.cast import tell
from fondaco.investing.tests.cast import wild_shares
from fondaco.wallets.tests.cast import Person, new_client
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def shares() -> Iterator[Sequence[str]]:
    """Give shares whose prices the test may change: nobody gets them after it."""
    yield wild_shares()
    wild_shares.cache_clear()


def balance(api: ApiClient, person: Person) -> Any:
    return api.get("/portfolio/rebalancing", token=person.access_token).json()


class TestRebalancing:
    def test_leads_from_a_breached_band_back_into_it(
        self, api: ApiClient, shares: Sequence[str]
    ) -> None:
        person = new_client("1000.00")

        def post(path: str, body: Any) -> Any:
            answer = api.post(path, body, token=person.access_token)
            assert answer.status_code == 201, answer.content
            return answer.json()

        asked = {"risk_level": 30, "sum": {"amount": "800.00"}, "assets": list(shares)}
        advice = post("/portfolio/advice", asked)
        post("/portfolio/orders", {"advice": advice["id"]})
        assert not balance(api, person)["is_due"]
        held = api.get("/portfolio", token=person.access_token).json()["assets"]
        most = max(held, key=lambda one: Decimal(one["part_of_portfolio"]))
        risen = most["asset_name"]
        tell(risen, f"{2 * Decimal(most['statistics']['current_price']):.4f}")
        breached = balance(api, person)
        assert breached["is_due"]
        quote = post("/portfolio/rebalancing/quotes", {})
        assert risen in {one["asset_name"] for one in quote["trades"] if one["side"] == "sell"}
        assert quote["can_be_paid"]
        post("/portfolio/orders", {"quote": quote["id"]})
        assert not balance(api, person)["is_due"]
        assert person.available() == quote["cash_after"]["amount"]
