"""Reference rates of a file: from the file to the price of a pair, and what is refused."""

from datetime import timedelta
from decimal import Decimal

import pytest

from fondaco.kit import clock
from fondaco.kit.errors import InvalidField
from fondaco.market import actions
from fondaco.market.errors import RateUnavailable
from fondaco.market.queries.rates import get_rate
from fondaco.market.states import CurrencyKind, SourceKind
from fondaco.market.tests.cast import BY, new_currency, new_pair, new_source
from fondaco.money import Asset

pytestmark = pytest.mark.usefixtures("tenant")

DAY_S = 86_400
EUR = Asset("EUR", 2)


def take(code: str, rates: dict[str, str], *, days_ago: int = 0) -> None:
    numbers = {currency: Decimal(rate) for currency, rate in rates.items()}
    at = clock.now() - timedelta(days=days_ago)
    actions.take_reference_rates(code=code, rates=numbers, at=at, by=BY)


class TestReferenceRates:
    def test_price_a_pair_in_both_directions(self) -> None:
        source = new_source(SourceKind.ECB, max_age_s=5 * DAY_S)
        foreign = new_currency(2, CurrencyKind.FIAT)
        pair = new_pair(EUR, foreign, sources=(source.code,))
        take(source.code, {foreign.code: "1.25"}, days_ago=1)
        assert get_rate(pair=pair.name).price == Decimal("1.25")
        assert get_rate(pair=f"{foreign.code}_EUR").price == Decimal("0.8")

    def test_are_not_used_when_they_are_too_old(self) -> None:
        source = new_source(SourceKind.ECB, max_age_s=DAY_S)
        foreign = new_currency(2, CurrencyKind.FIAT)
        pair = new_pair(EUR, foreign, sources=(source.code,))
        take(source.code, {foreign.code: "1.25"}, days_ago=2)
        with pytest.raises(RateUnavailable):
            get_rate(pair=pair.name)

    def test_never_cover_later_ones(self) -> None:
        source = new_source(SourceKind.ECB)
        take(source.code, {"USD": "1.25"}, days_ago=1)
        for days_ago in (2, -1):
            with pytest.raises(InvalidField):
                take(source.code, {"USD": "1.30"}, days_ago=days_ago)

    @pytest.mark.parametrize("rate", ["0", "-1", "NaN", "Infinity"])
    def test_that_are_no_prices_are_refused(self, rate: str) -> None:
        with pytest.raises(InvalidField):
            take(new_source(SourceKind.ECB).code, {"USD": rate})

    def test_are_for_sources_of_their_kind(self) -> None:
        with pytest.raises(InvalidField):
            take(new_source(SourceKind.MANUAL).code, {"USD": "1.25"})
