"""Prices come from the house's own table, as they were known at an instant."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from fondaco.instruments.actions.instruments import declare_instrument, import_prices
from fondaco.instruments.errors import (
    InstrumentDiffers,
    PriceMissing,
    PricesUnreadable,
    RateMissing,
    UnknownInstrument,
)
from fondaco.instruments.prices import read_csv
from fondaco.instruments.queries.instruments import find_instruments, get_instrument
from fondaco.instruments.queries.prices import (
    find_quoted,
    get_rates,
    get_statistics,
    list_bars,
    list_rate_history,
)
from fondaco.instruments.states import InstrumentKind
from fondaco.instruments.tests.cast import EUR, TESTS, USD, new_share, tell, tell_rate
from fondaco.instruments.types import DayPrice, NewInstrument
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.errors import NotFound
from fondaco.ledger.queries import find_asset
from fondaco.money import Asset

pytestmark = pytest.mark.usefixtures("tenant")


class TestReadCsv:
    def test_gives_each_line_exactly(self) -> None:
        lines = ["symbol,day,close\n", "XNAS.AAPL,2022-12-28,126.0400000001\n"]
        assert list(read_csv(lines)) == [
            DayPrice(symbol="XNAS.AAPL", day=date(2022, 12, 28), close=Decimal("126.0400000001"))
        ]

    def test_takes_ranges_and_volume_where_they_are_told(self) -> None:
        lines = ["day,symbol,high,low,open,close,volume\n", "2022-12-28,A.B,3,1,,2,500\n"]
        assert list(read_csv(lines)) == [
            DayPrice(
                symbol="A.B",
                day=date(2022, 12, 28),
                close=Decimal(2),
                high=Decimal(3),
                low=Decimal(1),
                volume=500,
            )
        ]

    @pytest.mark.parametrize(
        "line",
        [
            "A.B,2022-12-28",
            "A.B,28.12.2022,1",
            "A.B,2022-12-28,abc",
            "A.B,2022-12-28,NaN",
            "A.B,2022-12-28,Infinity",
            "A.B,2022-12-28,0",
            "A.B,2022-12-28,-1",
            "A.B,2022-12-28,1e40",
            "A.B,2022-12-28,1.00000000001",
            "",
        ],
    )
    def test_names_the_line_that_is_wrong(self, line: str) -> None:
        lines = ["symbol,day,close\n", "A.B,2022-12-27,1\n", line + "\n"]
        with pytest.raises(PricesUnreadable) as told:
            list(read_csv(lines))
        assert told.value.field == "line 3"

    @pytest.mark.parametrize("line", ["A.B,2022-12-28,2,1,3,9", "A.B,2022-12-28,2,3,1,-9"])
    def test_refuses_ranges_that_cannot_be(self, line: str) -> None:
        with pytest.raises(PricesUnreadable):
            list(read_csv(["symbol,day,close,high,low,volume\n", line]))

    @pytest.mark.parametrize("heading", [[], ["day,symbol"], ["symbol,day,close,colour"]])
    def test_demands_its_heading(self, heading: list[str]) -> None:
        with pytest.raises(PricesUnreadable):
            list(read_csv(heading))


class TestImportPrices:
    def test_keeps_what_is_new_and_counts_what_is_known(self) -> None:
        symbol = new_share("10", "11")
        today = clock.now().date()
        prices = [
            DayPrice(symbol=symbol, day=today - timedelta(days=1), close=Decimal(10)),
            DayPrice(symbol=symbol, day=today, close=Decimal(12)),
        ]
        done = import_prices(prices=prices, source=TESTS, by=SYSTEM)
        assert (done.written, done.known) == (1, 1)
        assert find_quoted(symbols=[symbol], at=clock.now())[symbol].close == 12

    def test_writes_nothing_when_one_symbol_is_unknown(self) -> None:
        symbol = new_share("10")
        day = clock.now().date()
        prices = [
            DayPrice(symbol=symbol, day=day, close=Decimal(99)),
            DayPrice(symbol="XTST.NOBODY", day=day, close=Decimal(1)),
        ]
        with pytest.raises(UnknownInstrument):
            import_prices(prices=prices, source=TESTS, by=SYSTEM)
        assert find_quoted(symbols=[symbol], at=clock.now())[symbol].close == 10

    def test_takes_nothing_too(self) -> None:
        assert import_prices(prices=[], source=TESTS, by=SYSTEM).written == 0

    @pytest.mark.parametrize("statement", ["UPDATE {} SET close = 1", "DELETE FROM {}"])
    def test_is_for_ever(self, statement: str) -> None:
        new_share("10")
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.format("instruments_price"))


class TestQuoted:
    def test_is_what_was_known_then_and_not_what_was_corrected_later(self) -> None:
        symbol = new_share("10")
        then = clock.now()
        tell(symbol, "13")
        assert find_quoted(symbols=[symbol], at=then)[symbol].close == 10
        assert find_quoted(symbols=[symbol], at=clock.now())[symbol].close == 13
        one, day = get_instrument(symbol=symbol), then.date()
        bars = list_bars(instrument_ids=[one.id], since=day, until=day, at=then)
        assert [bar.close for bar in bars[one.id]] == [10]

    def test_does_not_look_into_the_future(self) -> None:
        symbol = new_share("10")
        tell(symbol, "20", days_ago=-3)
        assert find_quoted(symbols=[symbol], at=clock.now())[symbol].close == 10

    def test_is_absent_before_anything_was_known(self) -> None:
        symbol = new_share("10")
        assert find_quoted(symbols=[symbol], at=datetime(2000, 1, 1, tzinfo=UTC)) == {}

    def test_is_marked_when_it_is_old(self) -> None:
        fresh, old = new_share("10"), new_share()
        tell(old, "9", "10", days_ago=6)
        found = find_quoted(symbols=[fresh, old], at=clock.now())
        assert (found[fresh].is_stale, found[old].is_stale) == (False, True)
        assert (found[fresh].previous, found[old].previous) == (None, Decimal(9))
        assert found[old].source == TESTS


class TestStatistics:
    def test_tell_ranges_from_highs_and_lows_where_there_are_some(self) -> None:
        symbol, day = new_share("5", "20", "10"), clock.today()
        prices = [
            DayPrice(
                symbol=symbol,
                day=day,
                close=Decimal(11),
                high=Decimal("12.5"),
                low=Decimal("9.5"),
                volume=7,
            )
        ]
        import_prices(prices=prices, source=TESTS, by=SYSTEM)
        told = get_statistics(symbol=symbol, days=2, at=clock.now())
        assert (told.day_low, told.day_high) == (Decimal("9.5"), Decimal("12.5"))
        assert (told.year_low, told.year_high) == (Decimal(5), Decimal(20))
        assert (told.volume, [bar.close for bar in told.history]) == (7, [Decimal(20), Decimal(11)])
        assert told.quoted.previous == 20

    def test_say_what_is_missing(self) -> None:
        with pytest.raises(PriceMissing):
            get_statistics(symbol=new_share(), days=2, at=clock.now())
        with pytest.raises(NotFound):
            get_statistics(symbol="XTST.NOBODY", days=2, at=clock.now())


class TestRates:
    def test_go_through_the_euro(self) -> None:
        tell_rate("NOK", "10", days=2)
        tell_rate("SEK", "12", days=2)
        found = get_rates(currencies=["SEK", "EUR", "NOK"], to="NOK", at=clock.now())
        assert found["NOK"] == 1
        assert found["EUR"] == 10
        assert found["SEK"] == Decimal("0.83333333333333")
        since = clock.today() - timedelta(days=1)
        told = list_rate_history(currencies=["SEK", "NOK"], to="NOK", since=since, at=clock.now())
        assert told == {"SEK": {since: found["SEK"], clock.today(): found["SEK"]}}

    def test_say_what_is_missing(self) -> None:
        with pytest.raises(RateMissing):
            get_rates(currencies=["XAU"], to="EUR", at=clock.now())
        with pytest.raises(RateMissing):
            list_rate_history(currencies=["XAU"], to="EUR", since=clock.today(), at=clock.now())

    def test_are_not_asked_for_where_all_is_one_currency(self) -> None:
        assert get_rates(currencies=["XAU"], to="XAU", at=clock.now()) == {"XAU": 1}


class TestDeclareInstrument:
    def test_changes_nothing_the_second_time(self) -> None:
        symbol = new_share()
        for currency, kind in ((EUR, InstrumentKind.SHARE), (USD, InstrumentKind.FUND)):
            ask = NewInstrument(asset=Asset(symbol, 6), name="x", currency=currency, kind=kind)
            with pytest.raises(InstrumentDiffers):
                declare_instrument(ask=ask, by=SYSTEM)

    def test_lets_nobody_hold_a_figure(self) -> None:
        assert find_asset(code=new_share(kind=InstrumentKind.INDEX)) is None
        assert find_asset(code=new_share()) is not None


class TestFindInstruments:
    def test_takes_the_part_after_the_dot_where_it_is_the_only_one(self) -> None:
        symbol = new_share()
        short = symbol.partition(".")[2]
        assert get_instrument(symbol=short).symbol == symbol
        found = find_instruments(symbols=[short, symbol], field="x")
        assert {one.symbol for one in found.values()} == {symbol}
        other = NewInstrument(
            asset=Asset(f"XOTH.{short}", 6), name="x", currency=USD, kind=InstrumentKind.SHARE
        )
        declare_instrument(ask=other, by=SYSTEM)
        with pytest.raises(UnknownInstrument):
            find_instruments(symbols=[short], field="x")
        with pytest.raises(NotFound):
            get_instrument(symbol=short)

    @pytest.mark.parametrize("name", ["", ".*", "a|b", "\x00", "é", "XTST.", "(", "A" * 32])
    def test_takes_no_name_for_a_pattern(self, name: str) -> None:
        with pytest.raises(NotFound):
            get_instrument(symbol=name)
