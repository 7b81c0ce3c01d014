"""Portfolios: what the system that this one replaces got wrong, each shown to be impossible here."""

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from fondaco.instruments.errors import NotTradable, PriceMissing, PriceStale, UnknownInstrument
from fondaco.instruments.states import InstrumentKind
from fondaco.instruments.tests.cast import new_share, tell, tell_rate
from fondaco.investing import models
from fondaco.investing.actions.orders import invest, take_quote
from fondaco.investing.actions.portfolios import change_settings
from fondaco.investing.actions.quotes import held_quantities, make_quote
from fondaco.investing.errors import (
    CurrencyDiffers,
    LotsDiffer,
    NothingToTrade,
    QuoteExpired,
    QuoteOutdated,
    QuoteUsed,
    SumTooSmall,
)
from fondaco.investing.queries.activities import list_activities, list_owners
from fondaco.investing.queries.portfolio import get_portfolio
from fondaco.investing.states import LotMethod, TradeMode
from fondaco.investing.tests.cast import order, positions, want
from fondaco.investing.types import QuoteAsk, Target
from fondaco.kit import clock, options
from fondaco.kit.django import tenancy
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.orders.queries import list_orders
from fondaco.orders.states import OrderState
from fondaco.wallets.tests.cast import EUR, Person, eur, fund, new_client, usd
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant", "_without_fees")


@pytest.fixture
def _without_fees() -> Iterator[None]:
    with options.override(portfolio_fee_bps=0):
        yield


def done(person: Person) -> list[tuple[str, str]]:
    """Give what somebody has done, the earliest first: kind and cash."""
    found = list_activities(customer_id=person.customer_id, limit=100).items
    return [(one.kind.value, one.cash.to_text()) for one in reversed(found)]


class TestBuying:
    def test_moves_cash_and_shares_in_one_group(self) -> None:
        first, second = new_share("87.50"), new_share("0.333")
        person = new_client("500.00")
        made = want(person, (first, "2"), (second, "100.5"))
        assert made.state is OrderState.CLOSED
        assert made.amount == usd("208.47")
        assert person.available() == "291.53"
        assert positions(person) == {
            first: ("2.000000", "175.00", "175.00"),
            second: ("100.500000", "33.47", "33.46"),
        }
        assert held_quantities(customer_id=person.customer_id) == {
            first: 2_000_000,
            second: 100_500_000,
        }

    def test_takes_no_price_from_the_customer(self) -> None:
        # There, a stated price of 0.01 turned 500.00 into 4,375,000.00 at the next sale.
        symbol = new_share("87.50")
        person = new_client("500.00")
        names = {field.name for asked in (Target, QuoteAsk) for field in dataclasses.fields(asked)}
        assert not {name for name in names if "price" in name or "metric" in name}
        made = want(person, (symbol, "50000"))
        assert made.details["refusal"] == "insufficient_funds"
        want(person, (symbol, "5.714285"))
        want(person)
        assert Decimal(person.available()) <= 500

    def test_that_cannot_be_paid_buys_nothing_at_all_and_is_kept(self) -> None:
        cheap, dear = new_share("1"), new_share("1000")
        person = new_client("500.00")
        made = want(person, (cheap, "10"), (dear, "1"))
        assert (made.state, made.details["refusal"]) == (OrderState.ERROR, "insufficient_funds")
        assert person.available() == "500.00"
        assert positions(person) == {}
        assert done(person) == []
        (kept,) = list_orders(customer_id=person.customer_id, limit=5).items
        assert kept.state is OrderState.ERROR

    def test_is_refused_without_a_price_of_these_days(self) -> None:
        person = new_client("10.00")
        with pytest.raises(PriceMissing):
            want(person, (new_share(), "1"))
        stale = new_share()
        tell(stale, "1", days_ago=30)
        with pytest.raises(PriceStale):
            want(person, (stale, "1"))
        with pytest.raises(UnknownInstrument):
            want(person, ("XTST.NOBODY", "1"))
        with pytest.raises(NotTradable):
            want(person, (new_share("1", kind=InstrumentKind.INDEX), "1"))

    def test_is_not_for_the_wallet_of_somebody_else(self) -> None:
        symbol, other = new_share("1"), new_client("10.00")
        ask = QuoteAsk(wallet_id=other.wallet_id, targets=[Target(symbol=symbol, quantity=1)])
        person = new_client("10.00")
        with pytest.raises(NotFound):
            invest(customer_id=person.customer_id, ask=ask, by=person.actor)

    def test_refuses_what_makes_no_portfolio(self) -> None:
        symbol, person = new_share("1"), new_client("10.00")
        twice = [Target(symbol=symbol, quantity=10**6)] * 2
        mixed = [Target(symbol=symbol, parts=1), Target(symbol=new_share("1"), quantity=10**6)]
        above = [Target(symbol=symbol, parts=1_000_001)]
        without_sum = [Target(symbol=symbol, parts=1_000_000)]
        for targets in (twice, mixed, above, without_sum):
            with pytest.raises(InvalidField):
                order(person, targets)

    def test_keeps_to_whole_shares_where_there_are_only_such(self) -> None:
        symbol, person = new_share("10", whole_only=True), new_client("100.00")
        with pytest.raises(InvalidField):
            want(person, (symbol, "1.5"))
        ask = QuoteAsk(
            wallet_id=person.wallet_id,
            targets=[Target(symbol=symbol, parts=1_000_000)],
            total=usd("99.99"),
        )
        quote = make_quote(customer_id=person.customer_id, ask=ask, by=person.actor)
        assert [leg.shares.to_text() for leg in quote.legs] == ["9.000000"]
        tiny = dataclasses.replace(ask, total=usd("9.99"))
        with pytest.raises(SumTooSmall):
            make_quote(customer_id=person.customer_id, ask=tiny, by=person.actor)

    def test_of_the_least_fraction_costs_a_cent(self) -> None:
        symbol, person = new_share("1"), new_client("10.00")
        want(person, (symbol, "0.000001"))
        assert person.available() == "9.99"
        # It is worth less than a cent, so alone it cannot be sold; with something else it is given back.
        with pytest.raises(SumTooSmall):
            want(person)
        other = new_share("1")
        want(person, (symbol, "0.000001"), (other, "1"))
        assert want(person).state is OrderState.CLOSED
        assert (person.available(), positions(person)) == ("9.99", {})

    def test_takes_its_fee_in_the_same_group(self) -> None:
        symbol, person = new_share("10"), new_client("100.00")
        with options.override(portfolio_fee_bps=100):
            assert want(person, (symbol, "10")).state is OrderState.ERROR
            made = want(person, (symbol, "9"))
        assert made.fee == usd("0.90")
        assert person.available() == "9.10"
        assert done(person) == [("buy", "90.00"), ("fee", "0.90")]


class TestRebalancing:
    def test_counts_what_the_sale_brings(self) -> None:
        # There, the cash was checked before the sale, so this was refused.
        old, new = new_share("100"), new_share("99")
        person = new_client("500.00")
        want(person, (old, "5"))
        assert person.available() == "0.00"
        assert want(person, (new, "5")).state is OrderState.CLOSED
        assert person.available() == "5.00"
        assert list(positions(person)) == [new]

    def test_trades_the_difference_alone(self) -> None:
        symbol, person = new_share("10"), new_client("100.00")
        want(person, (symbol, "5"))
        want(person, (symbol, "7"))
        assert done(person) == [("buy", "50.00"), ("buy", "20.00")]
        with pytest.raises(NothingToTrade):
            want(person, (symbol, "7"))

    def test_sells_all_and_buys_all_where_that_is_wished(self) -> None:
        symbol, person = new_share("10"), new_client("100.00")
        want(person, (symbol, "5"))
        with options.override(portfolio_trade="literal"):
            want(person, (symbol, "7"))
        assert done(person) == [("buy", "50.00"), ("sell", "50.00"), ("buy", "70.00")]
        want(person, (symbol, "2"), mode=TradeMode.LITERAL)
        assert done(person)[3:] == [("sell", "70.00"), ("buy", "20.00")]

    def test_undoes_the_sale_when_the_purchase_is_short(self) -> None:
        old, new = new_share("100"), new_share("100")
        person = new_client("500.00")
        want(person, (old, "5"))
        assert want(person, (new, "6")).state is OrderState.ERROR
        assert positions(person) == {old: ("5.000000", "500.00", "500.00")}

    def test_sells_the_oldest_first_and_loses_no_cent_of_the_cost(self) -> None:
        symbol, person = new_share("10.01"), new_client("100.00")
        want(person, (symbol, "3"))
        tell(symbol, "20")
        want(person, (symbol, "4"))
        want(person, (symbol, "2"))
        assert positions(person)[symbol] == ("2.000000", "30.01", "40.00")
        want(person)
        found = get_portfolio(customer_id=person.customer_id, at=clock.now()).reconciliation
        assert (found.paid_in, found.paid_out) == (usd("50.03"), usd("80.00"))
        assert (found.realised, found.value) == (usd("29.97"), usd("0.00"))

    def test_sells_at_the_average_where_that_is_chosen(self) -> None:
        symbol, person = new_share("10"), new_client("100.00")
        change_settings(customer_id=person.customer_id, method=LotMethod.AVERAGE, by=person.actor)
        want(person, (symbol, "1"))
        tell(symbol, "20")
        want(person, (symbol, "2"))
        want(person, (symbol, "1"))
        assert positions(person)[symbol] == ("1.000000", "15.00", "20.00")

    def test_sells_the_lots_that_are_named(self) -> None:
        symbol, person = new_share("10"), new_client("100.00")
        want(person, (symbol, "1"))
        tell(symbol, "20")
        want(person, (symbol, "2"))
        lots = get_portfolio(customer_id=person.customer_id, at=clock.now()).lots
        dear = next(lot for lot in lots if lot.cost == usd("20.00"))
        cheap = next(lot for lot in lots if lot.cost == usd("10.00"))
        for named in ([(dear.id, 500_000)], [(dear.id, 2_000_000)], [(person.customer_id, 10**6)]):
            with pytest.raises(LotsDiffer):
                order(person, [Target(symbol=symbol, quantity=10**6, lots=named)])
        order(person, [Target(symbol=symbol, quantity=10**6, lots=[(dear.id, 10**6)])])
        assert positions(person)[symbol] == ("1.000000", "10.00", "20.00")
        (left,) = get_portfolio(customer_id=person.customer_id, at=clock.now()).lots
        assert left.id == cheap.id


class TestQuotes:
    def make(self, person: Person, symbol: str, quantity: int = 10**6) -> QuoteAsk:
        return QuoteAsk(
            wallet_id=person.wallet_id, targets=[Target(symbol=symbol, quantity=quantity)]
        )

    def test_hold_their_price_until_they_expire(self) -> None:
        symbol, person = new_share("10"), new_client("100.00")
        ask = self.make(person, symbol)
        quote = make_quote(customer_id=person.customer_id, ask=ask, by=person.actor)
        assert person.available() == "100.00"
        assert (quote.cash_before, quote.cash_after) == (usd("100.00"), usd("90.00"))
        tell(symbol, "50")
        take_quote(customer_id=person.customer_id, quote_id=quote.id, by=person.actor)
        assert person.available() == "90.00"
        late = make_quote(
            customer_id=person.customer_id, ask=self.make(person, symbol, 2), by=person.actor
        )
        with clock.set_to(late.expires_at + timedelta(seconds=1)), pytest.raises(QuoteExpired):
            take_quote(customer_id=person.customer_id, quote_id=late.id, by=person.actor)
        assert person.available() == "90.00"

    def test_are_good_once_and_for_their_owner_alone(self) -> None:
        symbol, person, other = new_share("10"), new_client("100.00"), new_client("100.00")
        quote = make_quote(
            customer_id=person.customer_id, ask=self.make(person, symbol), by=person.actor
        )
        with pytest.raises(NotFound):
            take_quote(customer_id=other.customer_id, quote_id=quote.id, by=other.actor)
        take_quote(customer_id=person.customer_id, quote_id=quote.id, by=person.actor)
        with pytest.raises(QuoteUsed):
            take_quote(customer_id=person.customer_id, quote_id=quote.id, by=person.actor)
        assert person.available() == "90.00"

    def test_are_refused_when_something_else_is_held_by_now(self) -> None:
        symbol, person = new_share("10"), new_client("100.00")
        quote = make_quote(
            customer_id=person.customer_id, ask=self.make(person, symbol), by=person.actor
        )
        want(person, (symbol, "2"))
        with pytest.raises(QuoteOutdated):
            take_quote(customer_id=person.customer_id, quote_id=quote.id, by=person.actor)
        assert person.available() == "80.00"


class TestCurrencies:
    def test_are_turned_at_the_reference_rate_of_the_day(self) -> None:
        tell_rate("USD", "1.25")
        symbol, person = new_share("10", currency=EUR), new_client("100.00")
        want(person, (symbol, "2"))
        assert person.available() == "75.00"
        tell(symbol, "11")
        tell_rate("USD", "1.50")
        try:
            found = get_portfolio(customer_id=person.customer_id, at=clock.now())
        finally:
            tell_rate("USD", "1.25")
        told = found.reconciliation
        assert (told.value, told.unrealised) == (usd("33.00"), usd("8.00"))
        # Two euros more at today's rate are 3.00; the rest comes from the rate.
        assert told.currency_effect == usd("5.00")
        assert told.difference == usd("0.00")

    def test_of_a_portfolio_stay_one(self) -> None:
        symbol, person = new_share("10"), new_client("100.00")
        want(person, (symbol, "2"))
        fund(person.wallet_id, eur("50.00"))
        ask = QuoteAsk(
            wallet_id=person.wallet_id,
            targets=[Target(symbol=symbol, parts=1_000_000)],
            total=eur("50.00"),
        )
        with pytest.raises(CurrencyDiffers):
            make_quote(customer_id=person.customer_id, ask=ask, by=person.actor)


class TestHistory:
    def test_is_kept_when_all_is_sold(self) -> None:
        # There, a sale deleted the assets.
        symbol, person = new_share("10"), new_client("100.00")
        want(person, (symbol, "5"))
        want(person)
        assert positions(person) == {}
        assert done(person) == [("buy", "50.00"), ("sell", "50.00")]

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE investing_activity SET cash_minor = 1",
            "DELETE FROM investing_activity",
            "DELETE FROM investing_quote",
        ],
    )
    def test_cannot_be_changed(self, statement: str) -> None:
        person = new_client("100.00")
        want(person, (new_share("10"), "5"))
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    def test_tells_purchases_from_sales_and_top_ups(self) -> None:
        # There, purchases were what came in, top-ups too, and sales were what went out.
        symbol, person = new_share("10"), new_client("100.00")
        want(person, (symbol, "5"))
        tell(symbol, "12")
        want(person, (symbol, "2"))
        told = ApiClient("alpha.test").get("/statistics/expenses", token=person.access_token)
        day = told.json()["days"][-1]
        assert (day["purchases"]["amount"], day["sells"]["amount"]) == ("50.00", "36.00")

    def test_shows_a_gain_and_a_loss_with_their_signs(self) -> None:
        symbol, person = new_share("10"), new_client("100.00")
        want(person, (symbol, "10"))
        for price, profit in (("30", "200.00"), ("5", "-50.00")):
            tell(symbol, price)
            (one,) = get_portfolio(customer_id=person.customer_id, at=clock.now()).positions
            assert one.profit.to_text() == profit

    def test_counts_shares_among_what_the_house_owes(self) -> None:
        person = new_client("10.00")
        want(person, (new_share("1"), "5"))
        assert person.customer_id in {customer for _, customer in list_owners()}


class TestTwoAtOnce:
    def test_never_spend_one_balance_twice(self) -> None:
        first, second = new_share("100"), new_share("100")
        person = new_client("100.00")

        def buy(symbol: str) -> OrderState:
            with tenancy.scope("alpha"), options.override(portfolio_fee_bps=0):
                try:
                    return want(person, (symbol, "1")).state
                finally:
                    connection.close()

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(buy, (first, second)))
        # The later one replaces the earlier one's portfolio: it sells that first.
        assert person.available() == "0.00"
        assert [kind for kind, _ in done(person)] == ["buy", "sell", "buy"]
        assert sum(Decimal(one[2]) for one in positions(person).values()) == 100

    def test_take_one_quote_once(self) -> None:
        symbol, person = new_share("100"), new_client("500.00")
        ask = QuoteAsk(wallet_id=person.wallet_id, targets=[Target(symbol=symbol, quantity=10**6)])
        quote = make_quote(customer_id=person.customer_id, ask=ask, by=person.actor)

        def take(_: int) -> str:
            with tenancy.scope("alpha"), options.override(portfolio_fee_bps=0):
                try:
                    take_quote(customer_id=person.customer_id, quote_id=quote.id, by=person.actor)
                except QuoteUsed as refusal:
                    return refusal.code
                else:
                    return "done"
                finally:
                    connection.close()

        with ThreadPoolExecutor(3) as threads:
            told = list(threads.map(take, range(3)))
        assert sorted(told) == ["done", "portfolio_quote_used", "portfolio_quote_used"]
        assert person.available() == "400.00"
        assert models.Activity.objects.filter(customer_id=person.customer_id).count() == 1
