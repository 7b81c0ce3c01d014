"""Amounts: exact, of one asset, and refused when they are not plain digits."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given, strategies as st

from fondaco.money import AmountError, Asset, AssetMismatch, InvalidAmount, Money, Rounding, Total
from fondaco.money.amounts import MINOR_MAX

USD = Asset("USD", 2)
ETH = Asset("ETH", 18)
YEN = Asset("JPY", 0)

assets = st.builds(Asset, st.sampled_from(["USD", "BTC", "XNAS.AAPL"]), st.integers(0, 18))
minors = st.integers(-MINOR_MAX, MINOR_MAX)
moneys = st.builds(Money, minors, assets)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any)


class TestMoney:
    @pytest.mark.parametrize("minor", [1.0, True, "1", Decimal(1), None])
    def test_counts_whole_minor_units_only(self, minor: object) -> None:
        with pytest.raises(InvalidAmount, match="not a whole number"):
            Money(minor, USD)  # type: ignore[arg-type]  # the point of the test

    @pytest.mark.parametrize("minor", [MINOR_MAX + 1, -MINOR_MAX - 1])
    def test_refuses_what_the_column_cannot_hold(self, minor: int) -> None:
        with pytest.raises(InvalidAmount, match="more digits"):
            Money(minor, USD)

    def test_is_equal_to_the_same_amount_of_the_same_asset_only(self) -> None:
        assert Money(1, USD) == Money(1, Asset("USD", 2))
        assert Money(1, USD) != Money(1, ETH)
        assert len({Money(1, USD), Money(1, USD), Money(2, USD)}) == 2

    @pytest.mark.parametrize(("minor", "positive"), [(1, True), (0, False), (-1, False)])
    def test_knows_whether_it_is_more_than_nothing(self, minor: int, positive: bool) -> None:  # noqa: FBT001 - a column of the table
        assert Money(minor, USD).is_positive is positive

    def test_begins_at_zero(self) -> None:
        assert Money.zero(ETH) == Money(0, ETH)

    def test_writes_its_code(self) -> None:
        assert str(Money(-1234, USD)) == "-12.34 USD"


class TestParse:
    @pytest.mark.parametrize(
        ("text", "asset", "minor"),
        [
            ("12.34", USD, 1234),
            ("12.3", USD, 1230),
            ("12", USD, 1200),
            ("012.340000", USD, 1234),
            ("-0.01", USD, -1),
            ("-0", USD, 0),
            ("0.000000000000000001", ETH, 1),
            ("7", YEN, 7),
            ("7.000", YEN, 7),
            (Decimal("12.34"), USD, 1234),
            (Decimal("1E+2"), USD, 10000),
            (Decimal("-1E-2"), USD, -1),
        ],
    )
    def test_reads_plain_digits(self, text: str | Decimal, asset: Asset, minor: int) -> None:
        assert Money.parse(text, asset) == Money(minor, asset)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            " 1",
            "1 ",
            "1_000",
            "1,5",
            "+1",
            "--1",
            ".5",
            "1.",
            "1e2",
            "0x1",
            "NaN",
            "Infinity",
            "１２",
            "١٢",
            "1\n",
            "1\x00",
            "9" * 41,
            "0." + "0" * 19,
            Decimal("NaN"),
            Decimal("sNaN"),
            Decimal("Infinity"),
            Decimal("1e400"),
            Decimal("1e-400"),
            Decimal("1e41"),
        ],
    )
    def test_refuses_everything_else(self, text: str | Decimal) -> None:
        with pytest.raises(InvalidAmount):
            Money.parse(text, USD)

    @pytest.mark.parametrize(("text", "asset"), [("0.001", USD), ("0.1", YEN)])
    def test_never_rounds(self, text: str, asset: Asset) -> None:
        with pytest.raises(InvalidAmount, match="decimal places"):
            Money.parse(text, asset)

    @pytest.mark.parametrize(("text", "asset"), [("9" * 40, YEN), ("9" * 38, USD)])
    def test_refuses_more_than_an_account_holds(self, text: str, asset: Asset) -> None:
        with pytest.raises(InvalidAmount, match="more digits"):
            Money.parse(text, asset)

    @given(moneys)
    @example(Money(-MINOR_MAX, YEN))
    def test_reads_what_was_written(self, money: Money) -> None:
        whole_digits = len(money.to_text().lstrip("-").partition(".")[0])
        assert whole_digits <= 39
        assert Money.parse(money.to_text(), money.asset) == money

    @given(st.text(max_size=50) | st.from_regex(r"[0-9]{1,5}\.?[0-9]{0,3}", fullmatch=True))
    def test_reads_or_refuses_any_text(self, text: str) -> None:
        try:
            money = Money.parse(text, USD)
        except AmountError:
            return
        assert money.to_decimal() == Decimal(text)


class TestText:
    @given(moneys)
    def test_is_exact_and_shows_all_places(self, money: Money) -> None:
        text = money.to_text()
        assert "e" not in text.lower()
        assert len(text.partition(".")[2]) == money.asset.scale
        assert Fraction(text) == Fraction(money.minor, money.asset.unit)
        assert Fraction(money.to_decimal()) == Fraction(text)


class TestArithmetic:
    @given(assets, st.integers(-(10**38), 10**38), st.integers(-(10**38), 10**38))
    def test_adds_and_subtracts_like_integers(self, asset: Asset, a: int, b: int) -> None:
        first, second = Money(a, asset), Money(b, asset)
        assert first + second == Money(a + b, asset)
        assert first - second == Money(a - b, asset)
        assert -first == Money(-a, asset)

    def test_refuses_a_sum_that_no_column_holds(self) -> None:
        with pytest.raises(InvalidAmount):
            Money(MINOR_MAX, USD) + Money(1, USD)

    @given(st.integers(-3, 3), st.integers(-3, 3))
    def test_orders_like_integers(self, a: int, b: int) -> None:
        first, second = Money(a, USD), Money(b, USD)
        compared = (first < second, first <= second, first > second, first >= second)
        assert compared == (a < b, a <= b, a > b, a >= b)

    @pytest.mark.parametrize("other", [Money(1, ETH), Money(1, Asset("USD", 3))])
    def test_lets_no_two_assets_meet(self, other: Money) -> None:
        money = Money(1, USD)
        for meet in (
            money.__add__,
            money.__sub__,
            money.__lt__,
            money.__le__,
            money.__gt__,
            money.__ge__,
        ):
            with pytest.raises(AssetMismatch):
                meet(other)

    def test_lets_no_number_meet_an_amount(self) -> None:
        with pytest.raises(TypeError, match="not int"):
            Money(1, USD) + 1  # type: ignore[operator]  # the point of the test


class TestShare:
    def test_takes_basis_points(self) -> None:
        fee = Money(12345, USD).share(25, 10_000, rounding=Rounding.HALF_UP)
        assert fee == Money(31, USD)

    @given(st.integers(-(10**30), 10**30), st.integers(-(10**6), 10**6), st.integers(1, 10**6))
    def test_lies_less_than_one_unit_from_the_exact_share(
        self, minor: int, numerator: int, denominator: int
    ) -> None:
        exact = Fraction(minor * numerator, denominator)
        for rounding in Rounding:
            share = Money(minor, USD).share(numerator, denominator, rounding=rounding)
            assert abs(share.minor - exact) < 1

    def test_refuses_a_share_of_nothing(self) -> None:
        with pytest.raises(ZeroDivisionError):
            Money(1, USD).share(1, 0, rounding=Rounding.DOWN)


class TestConvert:
    def test_changes_the_scale_with_the_asset(self) -> None:
        dollars = Money.parse("1.5", ETH).convert(Decimal("2000.10"), USD, rounding=Rounding.DOWN)
        assert dollars == Money.parse("3000.15", USD)

    def test_rounds_as_named(self) -> None:
        ether = [
            Money(1, USD).convert(Decimal(3), YEN, rounding=rounding).minor for rounding in Rounding
        ]
        assert ether == [0, 1, 0, 0]

    @pytest.mark.parametrize("price", ["0", "-1", "NaN", "Infinity", "1e400", "1e-400"])
    def test_refuses_what_is_no_price(self, price: str) -> None:
        with pytest.raises(InvalidAmount, match="price"):
            Money(1, USD).convert(Decimal(price), ETH, rounding=Rounding.DOWN)

    @given(
        st.integers(0, 10**15),
        st.decimals(min_value="0.00000001", max_value="1000000", places=8).filter(bool),
    )
    def test_never_makes_money_by_there_and_back(self, minor: int, price: Decimal) -> None:
        money = Money(minor, USD)
        there = money.convert(price, ETH, rounding=Rounding.DOWN)
        ratio = Fraction(price)
        assert Fraction(there.minor, ETH.unit) / ratio <= Fraction(minor, USD.unit)


class TestAllocate:
    @given(minors, weights)
    def test_sums_to_the_whole_exactly(self, minor: int, chosen: list[int]) -> None:
        parts = Money(minor, USD).allocate(chosen)
        assert len(parts) == len(chosen)
        assert sum(part.minor for part in parts) == minor

    @given(minors, weights)
    def test_gives_each_its_share_within_one_unit(self, minor: int, chosen: list[int]) -> None:
        parts = Money(minor, USD).allocate(chosen)
        for part, weight in zip(parts, chosen, strict=True):
            assert abs(part.minor - Fraction(minor * weight, sum(chosen))) <= 1
            assert weight or part.minor == 0

    @pytest.mark.parametrize(
        ("minor", "chosen", "parts"),
        [
            (100, [1, 1, 1], [34, 33, 33]),
            (-100, [1, 1, 1], [-34, -33, -33]),
            (1, [0, 1, 1], [0, 1, 0]),
            (0, [1, 2], [0, 0]),
        ],
    )
    def test_gives_the_odd_units_to_the_first(
        self, minor: int, chosen: list[int], parts: list[int]
    ) -> None:
        assert Money(minor, USD).allocate(chosen) == [Money(part, USD) for part in parts]

    @pytest.mark.parametrize("chosen", [[], [0], [0, 0], [-1, 2], [-1]])
    def test_refuses_weights_that_share_nothing(self, chosen: list[int]) -> None:
        with pytest.raises(InvalidAmount, match="weights"):
            Money(1, USD).allocate(chosen)


class TestTotal:
    def test_holds_more_than_one_account_may(self) -> None:
        most = Total(MINOR_MAX, USD)
        both = most + most
        assert both.minor == 2 * MINOR_MAX
        assert type(both) is Total
        assert both.to_text().startswith("1999")

    def test_equals_the_like_amount(self) -> None:
        assert Total(5, USD) == Money(5, USD)
        assert Money(5, USD) == Total(5, USD)
        assert Total(5, USD) != Money(6, USD)
        assert Total(5, USD) != "5"
        assert hash(Total(5, USD)) == hash(Money(5, USD))

    def test_is_whole(self) -> None:
        with pytest.raises(InvalidAmount):
            Total(0.5, USD)  # type: ignore[arg-type] # what the check is for
