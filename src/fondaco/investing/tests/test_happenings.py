"""What happens to portfolios besides orders: dividends, splits, brokers' lists, the passing of days."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from fondaco.instruments.actions.live import refresh_prices
from fondaco.instruments.providers import kraken_ticker
from fondaco.instruments.providers.base import ProviderUnavailable
from fondaco.instruments.providers.kraken_ticker import KrakenTicker
from fondaco.instruments.queries.prices import find_quoted
from fondaco.instruments.tests.cast import new_share, tell, tell_rate
from fondaco.instruments.types import Imported
from fondaco.investing.actions.corporate import Served, pay_dividend, split_shares
from fondaco.investing.actions.outside import import_activities, save_mapping
from fondaco.investing.actions.portfolios import change_settings
from fondaco.investing.actions.quotes import held_quantities
from fondaco.investing.errors import ActivitiesUnreadable, AlreadyDeclared
from fondaco.investing.queries.performance import get_performance
from fondaco.investing.queries.portfolio import get_portfolio
from fondaco.investing.tests.cast import positions, want
from fondaco.investing.types import BrokerMapping
from fondaco.kit import clock, options
from fondaco.kit.access import SYSTEM
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.quant.performance import Day, by_money, by_time, simple
from fondaco.wallets.actions.wallets import freeze_wallet, unfreeze_wallet
from fondaco.wallets.tests.cast import EUR, Person, new_client

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture(autouse=True)
def _without_fees() -> Any:
    with options.override(portfolio_fee_bps=0):
        yield


class TestDividends:
    def test_reach_each_holder_once(self) -> None:
        symbol, today = new_share("10"), clock.today()
        rich, poor = new_client("100.00"), new_client("100.00")
        want(rich, (symbol, "3"))
        want(poor, (symbol, "0.5"))

        def pay() -> Served:
            return pay_dividend(symbol=symbol, day=today, per_share=Decimal("0.25"), by=SYSTEM)

        assert pay() == Served(2, 0)
        assert pay() == Served(0, 0)
        assert (rich.available(), poor.available()) == ("70.75", "95.12")
        told = get_portfolio(customer_id=rich.customer_id, at=clock.now()).reconciliation
        assert (told.income.to_text(), told.difference.minor) == ("0.75", 0)
        with pytest.raises(AlreadyDeclared):
            pay_dividend(symbol=symbol, day=today, per_share=Decimal(1), by=SYSTEM)

    def test_wait_for_a_wallet_that_takes_money(self) -> None:
        symbol, person = new_share("10"), new_client("100.00")
        want(person, (symbol, "4"))
        frozen: dict[str, Any] = {"wallet_id": person.wallet_id, "customer_id": person.customer_id}
        freeze_wallet(**frozen, by=person.actor)
        asked: dict[str, Any] = {
            "symbol": symbol,
            "day": clock.today(),
            "per_share": Decimal(1),
            "by": SYSTEM,
        }
        assert pay_dividend(**asked) == Served(0, 1)
        unfreeze_wallet(**frozen, by=person.actor)
        assert pay_dividend(**asked) == Served(1, 0)
        assert person.available() == "64.00"


class TestSplits:
    def test_change_shares_and_prices_and_no_value(self) -> None:
        symbol, person = new_share("20", "40"), new_client("100.00")
        want(person, (symbol, "2.5"))
        asked: dict[str, Any] = {
            "symbol": symbol,
            "day": clock.today() + timedelta(days=1),
            "by": SYSTEM,
        }
        assert split_shares(**asked, numerator=4, denominator=1) == Served(1, 0)
        assert split_shares(**asked, numerator=4, denominator=1) == Served(0, 0)
        assert positions(person)[symbol] == ("10.000000", "100.00", "100.00")
        assert held_quantities(customer_id=person.customer_id) == {symbol: 10_000_000}
        quoted = find_quoted(symbols=[symbol], at=clock.now())[symbol]
        assert (quoted.close, quoted.previous) == (Decimal(10), Decimal(5))
        with pytest.raises(AlreadyDeclared):
            split_shares(**asked, numerator=3, denominator=1)
        merged = asked | {"day": clock.today() + timedelta(days=2)}
        split_shares(**merged, numerator=1, denominator=3)
        assert positions(person)[symbol] == ("3.333333", "100.00", "99.99")
        want(person)
        assert person.available() == "99.99"


BROKER = BrokerMapping(
    columns={
        "date": "Trade Date",
        "kind": "Action",
        "symbol": "Ticker",
        "quantity": "Qty",
        "price": "Price",
        "amount": "Amount",
        "fee": "Commission",
        "ratio": "Ratio",
    },
    kinds={"Bought": "buy", "Sold": "sell", "Cash dividend": "dividend"},
    date_format="%d.%m.%Y",
    delimiter=";",
    decimal_comma=True,
)
HEADING = "Trade Date;Action;Ticker;Qty;Price;Amount;Commission;Ratio"


class TestBrokersLists:
    def bring(self, person: Person, *lines: str, name: str = "broker") -> Imported:
        return import_activities(
            customer_id=person.customer_id,
            account="My broker",
            mapping_name=name,
            text="\n".join([HEADING, *lines]),
            by=person.actor,
        )

    def person(self) -> Person:
        person = new_client("10.00")
        save_mapping(customer_id=person.customer_id, name="broker", mapping=BROKER, by=person.actor)
        return person

    def test_are_counted_beside_what_is_held_here_and_cannot_be_traded(self) -> None:
        symbol, person = new_share("20"), self.person()
        lines = [
            f"02.01.2026;Bought;{symbol};10;1.000,50;;1,25;",
            f"05.01.2026;Sold;{symbol};-4;2.000;;;",
            f"06.01.2026;split;{symbol};;;;;10:1",
            f"07.01.2026;Cash dividend;{symbol};;;12,34;;",
            "08.01.2026;fee;;;;3;;",
        ]
        assert self.bring(person, *lines) == Imported(written=5, known=0)
        assert self.bring(person, *lines) == Imported(written=0, known=5)
        found = get_portfolio(customer_id=person.customer_id, at=clock.now())
        (one,) = found.positions
        assert (one.outside, one.shares.to_text()) == ("My broker", "60.000000")
        assert (one.cost.to_text(), one.value.to_text()) == ("6003.00", "1200.00")
        told = found.reconciliation
        assert (told.fees.to_text(), told.income.to_text()) == ("4.25", "12.34")
        assert told.realised.to_text() == "3998.00"
        assert told.difference.minor == 0
        assert held_quantities(customer_id=person.customer_id) == {}
        assert person.available() == "10.00"

    def test_are_turned_into_the_portfolio_s_currency(self) -> None:
        tell_rate("USD", "1.25", days=20)
        symbol, person = new_share("20", currency=EUR), self.person()
        day = (clock.today() - timedelta(days=3)).strftime("%d.%m.%Y")
        self.bring(person, f"{day};Bought;{symbol};10;16;;;")
        (one,) = get_portfolio(customer_id=person.customer_id, at=clock.now()).positions
        assert (one.cost.to_text(), one.value.to_text()) == ("200.00", "250.00")

    @pytest.mark.parametrize(
        "line",
        [
            "02.01.2026;Bought;{};10;1;;;;9",
            "2026-01-02;Bought;{};10;1;;;",
            "02.01.2026;Lent;{};10;1;;;",
            "02.01.2026;Bought;{};;1;;;",
            "02.01.2026;Bought;{};x;1;;;",
            "02.01.2026;Bought;{};1;NaN;;;",
            "02.01.2026;Bought;;1;1;;;",
            "02.01.2026;Bought;{};0,0000001;1;;;",
            "02.01.2026;split;{};;;;;4",
            "02.01.2026;split;{};;;;;0:1",
            "02.01.2026;fee;{};;;;;",
            "02.01.2026;Sold;{};2;1;;;",
        ],
    )
    def test_are_taken_whole_or_not_at_all(self, line: str) -> None:
        symbol, person = new_share("20"), self.person()
        good = f"01.01.2026;Bought;{symbol};1;1;;;"
        with pytest.raises(ActivitiesUnreadable) as told:
            self.bring(person, good, line.format(symbol))
        assert told.value.field == "line 3"
        assert get_portfolio(customer_id=person.customer_id, at=clock.now()).positions == []

    def test_need_a_mapping_that_fits(self) -> None:
        person = self.person()
        with pytest.raises(NotFound):
            self.bring(person, name="another")
        with pytest.raises(ActivitiesUnreadable):
            import_activities(
                customer_id=person.customer_id,
                account="My broker",
                mapping_name="broker",
                text="a;b\n1;2",
                by=person.actor,
            )
        with pytest.raises(InvalidField):
            save_mapping(
                customer_id=person.customer_id,
                name="x",
                mapping=BrokerMapping(columns={"date": "d"}),
                by=person.actor,
            )


class TestReturns:
    def test_by_time_do_not_mind_when_money_came(self) -> None:
        days = [Day(110, paid_in=100), Day(220, paid_in=90), Day(242)]
        assert abs(by_time(days) - (1.1 * 1.1 * 1.1 - 1)) < 1e-12
        assert abs(simple(days) - 52 / 190) < 1e-12

    def test_by_money_are_the_rate_that_explains_the_flows(self) -> None:
        year = [Day(100, paid_in=100), *[Day(100)] * 364, Day(121)]
        assert abs((by_money(year) or 0) - 0.21) < 1e-9
        lost = [Day(100, paid_in=100), *[Day(100)] * 364, Day(50)]
        assert abs((by_money(lost) or 0) + 0.5) < 1e-9
        assert by_money([Day(1, paid_in=1)]) is None
        assert by_money([Day(0), Day(0)]) is None

    def test_survive_a_portfolio_that_is_sold_whole(self) -> None:
        days = [Day(0, paid_in=100, paid_out=110), Day(0), Day(50, paid_in=50)]
        assert abs(by_time(days) - 0.1) < 1e-12
        assert simple([Day(0)]) == 0

    def test_of_a_portfolio_agree_with_its_sums_and_its_benchmark(self) -> None:
        symbol, index = new_share("10"), new_share(*["100"] * 5)
        person = new_client("100.00")
        change_settings(customer_id=person.customer_id, benchmark=index, by=person.actor)
        want(person, (symbol, "5"))
        want(person, (symbol, "3"))
        with clock.set_to(clock.now() + timedelta(days=2)):
            tell(symbol, "12")
            tell(index, "110")
            found = get_performance(customer_id=person.customer_id, at=clock.now())
        assert found is not None
        assert (found.by_time, found.simple) == ("0.200000", "0.120000")
        assert found.benchmark_by_time == "0.100000"
        assert [value.to_text() for _, value in found.series] == ["30.00", "30.00", "36.00"]
        assert found.portfolio.reconciliation.value == found.series[-1][1]
        assert found.portfolio.reconciliation.difference.minor == 0

    def test_do_not_mind_splits(self) -> None:
        symbol, person = new_share("20"), new_client("100.00")
        want(person, (symbol, "5"))
        with clock.set_to(clock.now() + timedelta(days=1)):
            tell(symbol, "5")
            split_shares(symbol=symbol, day=clock.today(), numerator=4, denominator=1, by=SYSTEM)
            found = get_performance(customer_id=person.customer_id, at=clock.now())
        assert found is not None
        assert found.by_time == "0.000000"


class TestTheLiveTicker:
    def test_reads_what_kraken_answers_and_nothing_else(self) -> None:
        told: dict[str, Any] = {
            "c": ["65000.1", "1"],
            "o": "64000",
            "h": ["66000", "9"],
            "l": ["63000", "9"],
        }
        told["v"] = ["12.5", "99"]
        day = date(2026, 1, 2)
        price = KrakenTicker()._read("X.BTC", told, day)
        assert (price.close, price.volume) == (Decimal("65000.1"), 12)
        for broken in ({}, told | {"c": []}, told | {"c": ["0"]}, told | {"v": ["x"]}):
            with pytest.raises(ProviderUnavailable):
                KrakenTicker()._read("X.BTC", broken, day)

    def test_that_is_away_leaves_prices_as_they_are(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def away(*_: Any, **__: Any) -> None:
            raise ProviderUnavailable("away")

        monkeypatch.setattr(kraken_ticker.KrakenTicker, "latest", away)
        assert refresh_prices(by=SYSTEM) == 0
