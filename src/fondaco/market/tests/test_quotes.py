"""Calculations and quotes over static prices."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction

from fondaco.kit import clock
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.market import actions, queries
from fondaco.market.errors import (
    AmountTooSmall,
    ExchangeTooLarge,
    PairNotFound,
    PairSuspended,
    QuoteExpired,
    QuoteUsed,
)
from fondaco.market.tests.cast import BY, USD, new_currency, new_pair, set_static
from fondaco.money import Asset, Money
from fondaco.signing.tests.cast import side


def usd(text: str) -> Money:
    return Money.parse(text, USD)


class Fee:
    """Take 1 % and 30 cents, and make the price 2 % worse."""

    price_markup_bps = 200

    def fee_for(self, amount: Money) -> Money:
        return Money(-(-amount.minor // 100) + 30, amount.asset)


@pytest.mark.usefixtures("tenant")
class TestCalculate:
    def test_gives_the_readme_s_three_for_sixty(self) -> None:
        pair = new_pair(static="20.00")
        made = queries.calculate(pair=pair.name, amount_to_get=Money.parse("3", pair.get))
        assert (made.to_spend, made.net, made.fee) == (usd("60.00"), usd("60.00"), usd("0"))
        assert made.rate.base_price == Decimal("20.00")

    def test_rounds_what_is_paid_up_and_what_is_got_down(self) -> None:
        pair = new_pair(new_currency(scale=2), static="3.3333")
        one = Money.parse("1.00", pair.get)
        assert queries.calculate(pair=pair.name, amount_to_get=one).to_spend == usd("3.34")
        got = queries.calculate(pair=pair.name, amount_to_spend=usd("10.00")).to_get
        assert got == Money.parse("3.00", pair.get)

    def test_derives_the_other_direction(self) -> None:
        pair = new_pair(new_currency(scale=2), static="3.3333")
        turned = f"USD_{pair.get.code}"
        ten = queries.calculate(pair=turned, amount_to_spend=Money.parse("10.00", pair.get))
        assert ten.to_get == usd("33.33")
        cost = queries.calculate(pair=turned, amount_to_get=usd("33.33"))
        assert cost.to_spend == Money.parse("10.00", pair.get)
        assert ten.rate.price == Decimal("0.30000300003000030000")

    def test_takes_the_fee_on_top_or_out_of_the_total(self) -> None:
        pair = new_pair(static="20.00")
        up = queries.calculate(
            pair=pair.name, amount_to_get=Money.parse("1", pair.get), terms=Fee()
        )
        assert (up.net, up.fee, up.to_spend) == (usd("20.40"), usd("0.51"), usd("20.91"))
        down = queries.calculate(pair=pair.name, amount_to_spend=usd("20.91"), terms=Fee())
        assert (down.net, down.fee) == (usd("20.40"), usd("0.51"))
        assert down.to_get == Money.parse("1", pair.get)

    @pytest.mark.parametrize("text", ["0.0001", "0.00049999"])
    def test_refuses_what_is_worth_less_than_a_cent(self, text: str) -> None:
        pair = new_pair(static="20.00")
        with pytest.raises(AmountTooSmall):
            queries.calculate(pair=pair.name, amount_to_get=Money.parse(text, pair.get))

    def test_refuses_what_buys_less_than_the_smallest_unit(self) -> None:
        pair = new_pair(new_currency(scale=2), static="20.00")
        with pytest.raises(AmountTooSmall):
            queries.calculate(pair=pair.name, amount_to_spend=usd("0.19"))
        with pytest.raises(AmountTooSmall):
            queries.calculate(pair=pair.name, amount_to_spend=usd("0.30"), terms=Fee())

    def test_refuses_both_amounts_none_negative_ones_and_another_currency(self) -> None:
        pair = new_pair()
        one = Money.parse("1", pair.get)
        for get, spend in ((None, None), (one, usd("1"))):
            with pytest.raises(InvalidField):
                queries.calculate(pair=pair.name, amount_to_get=get, amount_to_spend=spend)
        for wrong in (Money(0, pair.get), Money(-5, pair.get), usd("1"), Money(1, Asset("BTC", 8))):
            with pytest.raises(InvalidField):
                queries.calculate(pair=pair.name, amount_to_get=wrong)

    def test_refuses_more_than_an_account_can_hold(self) -> None:
        pair = new_pair(static="1000000000000000000")
        with pytest.raises(ExchangeTooLarge):
            queries.calculate(pair=pair.name, amount_to_get=Money(10**38, pair.get))

    def test_knows_no_pair_that_is_not_there(self) -> None:
        with pytest.raises(PairNotFound):
            queries.calculate(pair="NO_PAIR", amount_to_get=usd("1"))

    def test_goes_by_the_new_price_at_once(self) -> None:
        pair = new_pair(static="20.00")
        assert queries.get_rate(pair=pair.name).base_price == Decimal(20)
        set_static(pair, "21.50")
        assert queries.get_rate(pair=pair.name).base_price == Decimal("21.5")

    def test_stops_in_both_directions_until_resumed(self) -> None:
        pair = new_pair()
        actions.suspend_pair(name=pair.name, reason="a test", by=BY)
        for name in (pair.name, f"USD_{pair.get.code}"):
            with pytest.raises(PairSuspended):
                queries.get_rate(pair=name)
        actions.resume_pair(name=f"USD_{pair.get.code}", reason="over", by=BY)
        assert queries.get_rate(pair=pair.name).base_price == Decimal(20)


@pytest.mark.usefixtures("tenant")
class TestQuotes:
    def test_keep_their_price_and_are_taken_once(self) -> None:
        customer, pair = side(), new_pair(static="20.00")
        made = actions.make_quote(
            customer_id=customer,
            pair=pair.name,
            amount_to_get=Money.parse("3", pair.get),
            by=BY,
        )
        set_static(pair, "25.00")
        with transaction.atomic():
            taken = actions.take_quote(quote_id=made.id, customer_id=customer, by=BY)
        assert (taken.to_spend, taken.base_price) == (usd("60.00"), Decimal("20.00"))
        with pytest.raises(QuoteUsed), transaction.atomic():
            actions.take_quote(quote_id=made.id, customer_id=customer, by=BY)

    def test_end(self) -> None:
        customer, pair = side(), new_pair()
        made = actions.make_quote(
            customer_id=customer,
            pair=pair.name,
            amount_to_spend=usd("10.00"),
            lifetime_s=5,
            by=BY,
        )
        late = made.made_at + timedelta(seconds=5)
        with pytest.raises(QuoteExpired), clock.set_to(late), transaction.atomic():
            actions.take_quote(quote_id=made.id, customer_id=customer, by=BY)
        assert (made.expires_at, made.taken_at) == (late, None)

    def test_are_their_customers_alone(self) -> None:
        customer, pair = side(), new_pair()
        made = actions.make_quote(
            customer_id=customer, pair=pair.name, amount_to_spend=usd("10.00"), by=BY
        )
        with pytest.raises(NotFound), transaction.atomic():
            actions.take_quote(quote_id=made.id, customer_id=side(), by=BY)
        with pytest.raises(NotFound):
            queries.get_quote(quote_id=made.id, customer_id=uuid4())

    def test_are_taken_in_a_transaction_alone(self) -> None:
        with pytest.raises(RuntimeError):
            actions.take_quote(quote_id=uuid4(), customer_id=uuid4(), by=BY)
