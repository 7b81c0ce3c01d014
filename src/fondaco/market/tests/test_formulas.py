"""The language of formulas: what it computes, and what it refuses."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, Final

import pytest
from hypothesis import given, settings, strategies as st

from fondaco.market.errors import FormulaRefused
from fondaco.market.formulas import (
    DEPTH_MAX,
    FormulaStep,
    NoPrice,
    evaluate,
    find_cycle,
    read_formula,
)

PRICES: Final = {
    ("kraken", "BTC/USDT"): {"bid": "60000", "ask": "60010", "mid": "60005", "": "60010"},
    ("binance", "BTC/USDT"): {"bid": "60001", "ask": "60009", "mid": "60005", "": "60009"},
}
RATES: Final = {"USD_UAH": "0.0241", "USDT_USD": "1.0005"}


@dataclass
class Told:
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def of_source(self, source: str, symbol: str, part: str) -> Decimal:
        self.asked.append((source, symbol, part))
        try:
            return Decimal(PRICES[source, symbol][part])
        except KeyError:
            raise NoPrice("none") from None

    def of_pair(self, pair: str) -> Decimal:
        self.asked.append((pair,))
        return Decimal(RATES[pair])


def value(text: str, steps: list[FormulaStep] | None = None) -> Decimal:
    return evaluate(read_formula(text), Told(), steps=steps)


class TestFormula:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("1.005", "1.005"),
            ("42000 * 1.005", "42210.000"),
            ("0.1 + 0.2", "0.3"),
            ("(1 + 2) * 3 - 4 / 8", "8.5"),
            ("-2 + +3", "1"),
            ('kraken("BTC/USDT")', "60010"),
            ('kraken("BTC/USDT").bid', "60000"),
            ('kraken("BTC/USDT").mid * 1.001', "60065.005"),
            ('median(kraken("BTC/USDT"), binance("BTC/USDT"), 1)', "60009"),
            ('median(kraken("BTC/USDT").bid, binance("BTC/USDT").bid)', "60000.5"),
            ("avg(1, 2, 6)", "3"),
            ("min(3, 2) + max(3, 2)", "5"),
            ("round(10 / 3, 2)", "3.33"),
            ('rate("USDT_USD") * 2', "2.0010"),
            (" 1 + \n 1 ", "2"),
        ],
    )
    def test_computes_in_decimals(self, text: str, expected: str) -> None:
        assert value(text) == Decimal(expected)

    def test_shows_every_step(self) -> None:
        steps: list[FormulaStep] = []
        value('round(kraken("BTC/USDT").ask * 1.005, 2)', steps)
        assert [(step.text, step.value) for step in steps] == [
            ('kraken("BTC/USDT").ask', Decimal(60010)),
            ('kraken("BTC/USDT").ask * 1.005', Decimal("60310.050")),
            ('round(kraken("BTC/USDT").ask * 1.005, 2)', Decimal("60310.05")),
        ]

    def test_tells_what_it_needs(self) -> None:
        formula = read_formula('kraken("BTC/USDT").ask * rate("USD_UAH") + htx("ETH/EUR")')
        assert formula.symbols == {("kraken", "BTC/USDT"), ("htx", "ETH/EUR")}
        assert formula.pairs == {"USD_UAH"}

    @pytest.mark.parametrize(
        "text",
        [
            "1 / 0",
            "1 / (2 - 2)",
            "0 / 0",
            "1 - 1",
            "0",
            "-5",
            "1 - 2",
            'nobody("BTC/USDT")',
            "round(1, 19)",
            "round(1, -1)",
            "round(1, 0.5)",
            "*".join(["999999999999999999999999999999"] * 8),
            "1" + " / 999999999999999999999999999999" * 8,
        ],
    )
    def test_that_is_no_positive_number_gives_no_price(self, text: str) -> None:
        with pytest.raises(NoPrice):
            value(text)


NUMBERS = st.decimals(min_value="0.0001", max_value="1000000", places=4)


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> tuple[str, Fraction]:
    """Draw a formula with its exact value; division is left to a test of its own."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        number = draw(NUMBERS)
        return f"{number:f}", Fraction(number)
    left, right = draw(expressions(depth - 1)), draw(expressions(depth - 1))
    ways: dict[str, tuple[str, Fraction]] = {
        "+": (f"({left[0]} + {right[0]})", left[1] + right[1]),
        "-": (f"({left[0]} - {right[0]})", left[1] - right[1]),
        "min": (f"min({left[0]}, {right[0]})", min(left[1], right[1])),
        "max": (f"max({left[0]}, {right[0]})", max(left[1], right[1])),
    }
    if depth == 1:  # deeper products would have more digits than are computed with
        ways["*"] = (f"({left[0]} * {right[0]})", left[1] * right[1])
    return ways[draw(st.sampled_from(sorted(ways)))]


class TestAgainstDecimal:
    @settings(max_examples=40, deadline=None)
    @given(expressions())
    def test_sums_and_products_are_exact(self, drawn: tuple[str, Fraction]) -> None:
        text, exact = drawn
        if len(text) > 480:
            return
        if exact <= 0:
            with pytest.raises(NoPrice):
                value(text)
        else:
            assert Fraction(value(text)) == exact

    @settings(max_examples=40, deadline=None)
    @given(NUMBERS, NUMBERS)
    def test_a_quotient_has_forty_digits(self, left: Decimal, right: Decimal) -> None:
        with localcontext(prec=40):
            expected = left / right
        assert value(f"{left:f} / {right:f}") == expected

    @settings(max_examples=30, deadline=None)
    @given(st.lists(NUMBERS, min_size=1, max_size=9))
    def test_a_median_stands_in_the_middle(self, numbers: list[Decimal]) -> None:
        found = value(f"median({', '.join(f'{one:f}' for one in numbers)})")
        below = sum(one <= found for one in numbers)
        above = sum(one >= found for one in numbers)
        assert min(below, above) * 2 >= len(numbers)


def hostile() -> Iterator[str]:
    """Make what somebody might try."""
    yield from (
        "__import__('os').system('id')", '__import__("os")', "().__class__", "(1).__class__.__mro__",
        '"".join("a")', "open('/etc/passwd')", 'open("ETC/PASSWD").read', "eval('1')", "exec('1')",
        "lambda: 1", "(lambda x: x)(1)", "[1 for x in (1, 2)]", "{1: 2}", "{1}", "[1, 2][0]", "(1, 2)",
        "1 if 1 else 2", "1 and 2", "not 1", "1 < 2", "1 == 1", "x := 1", "(x := 1)", "x = 1", "1; 2",
        "import os", "del x", "assert 1", "pass", "return 1", "yield 1", "await x", "async def f(): pass",
        "f'{1}'", 'f"{1}"', "b'1'", 'b"AB/CD"', "u'1'", "...", "None", "True", "False", "1j", "1e5", "1E5",
        "1_000", "0x10", "0b1", "0o7", "1.", ".5", "1..2", "1.2.3", "01", "1 2", "9 ** 9 ** 9", "2 ** 64",
        "1 // 2", "1 % 2", "1 << 64", "1 | 2", "1 & 2", "1 ^ 2", "~1", "1 @ 2", "not_a_number", "nan", "inf",
        "NaN", "Infinity", "-Infinity", "kraken", "kraken()", "kraken(1)", "kraken(BTC)", 'kraken("")',
        'kraken("BTC")', 'kraken("btc/usdt")', 'kraken("BTC/USDT", 1)', 'kraken(symbol="BTC/USDT")',
        'kraken(*"AB/CD")', "kraken(**{})", 'kraken("BTC/USDT").last', 'kraken("BTC/USDT").__class__',
        'kraken("BTC/USDT").bid.bid', 'kraken("BTC/USDT").bid()', 'kraken("BTC/USDT")["bid"]',
        'kraken("BTC/USDT")("X")', 'kraken("BTC/USDT" "ETH/USDT")', 'kraken("BTC/USDT"', 'kraken"BTC/USDT"',
        'Kraken("BTC/USDT")', 'KRAKEN("BTC/USDT")', '_kraken("BTC/USDT")', 'kraken.x("BTC/USDT")',
        'a.b.c("BTC/USDT")', "rate()", 'rate("USD")', 'rate("usd_uah")', 'rate("USD_UAH").bid', "rate(1)",
        'rate("USD/UAH")', 'rate("USD_UAH", "X_Y")', 'rate(rate("USD_UAH"))', "min()", "max()", "avg()",
        "median()", "round()", "round(1)", "round(1, 2, 3)", "min(1, key=2)", "min(*1)", "min(1).bid",
        'min("BTC/USDT")', '"BTC/USDT"', '"A" * 1000000', '"BTC/USDT" + 1', "'BTC/USDT'", "''", '""', '"',
        "'", '"""', "#", "1 # comment", "1 \\\n + 1", "$", "€", "１",
        "1\u00a0+ 1", "1\u202e", "\x00", "1\x00",
        "\u0661", "1\r+ 1", "1\x0c", "`1`", "1!", "1?", "1:", "a[0]", "{}", "[]", "()", "(", ")", ")(", "+",
        "-", "*", "/", "1 +", "* 1", "1 + * 2", "1 ++", "%s", "{0}", "${1}", "<script>", "' OR 1=1 --",
        "; DROP TABLE market_pair", "../../etc/passwd", "globals()", "locals()", "vars()", "dir()", "type(1)",
        "getattr(1, 'real')", "int('1')", "str(1)", "print(1)", "exit()", "quit()", "breakpoint()", "input()",
        "compile('1', '', 'eval')", "hash(1)", "id(1)", "sum([1, 2])", "abs(1)", "pow(2, 3)", "range(10)",
        "sqrt(2)", "sin(1)", "math.pi", "os.system", "sys.exit()", "self", "cls", "super()", "object()",
        "Decimal(1)", "Fraction(1)", "float(1)", "complex(1)", "1 is 1", "1 in 2", "1 or 2",
    )  # fmt: skip
    yield ""
    yield "   "
    yield "1" * 501
    yield "1" * 31
    yield "0." + "1" * 40
    yield "(" * 100 + "1" + ")" * 100 + "+" * 400
    yield "-" * (DEPTH_MAX + 1) + "1"
    yield "min(" * (DEPTH_MAX + 1) + "1" + ")" * (DEPTH_MAX + 1)
    yield "+".join("1" * 130)
    yield "1" + "+1" * 200
    yield "(" * 200 + "1"
    yield "-" * 499 + "1"
    yield "[" * 250


class TestRefused:
    def test_are_more_than_two_hundred(self) -> None:
        assert len(set(hostile())) >= 200

    @pytest.mark.parametrize("text", sorted(set(hostile())), ids=lambda text: repr(text)[:30])
    def test_is_whatever_is_not_in_the_language(self, text: Any) -> None:
        with pytest.raises(FormulaRefused):
            read_formula(text)

    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=60))
    def test_is_any_text_that_is_no_formula(self, text: str) -> None:
        with contextlib.suppress(FormulaRefused, NoPrice):
            assert evaluate(read_formula(text), Told()) > 0


class TestCycles:
    def test_are_found_wherever_they_close(self) -> None:
        graph = {"A": {"B"}, "B": {"C", "D"}, "C": {"E"}, "D": {"A"}, "E": set[str]()}
        reach = {name: frozenset(needs) for name, needs in graph.items()}
        assert find_cycle("A", reach.__getitem__) == ("A", "B", "D", "A")
        assert find_cycle("C", reach.__getitem__) is None
        assert find_cycle("S", {"S": frozenset({"S"})}.__getitem__) == ("S", "S")

    def test_of_others_do_not_hold_the_search_up(self) -> None:
        reach = {"A": frozenset({"B"}), "B": frozenset({"C"}), "C": frozenset({"B"})}
        assert find_cycle("A", reach.__getitem__) is None
