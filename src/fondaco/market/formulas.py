"""The language of price formulas: decimals, ``+ - * / ( )``, five functions, sources and other pairs.

``median(kraken("BTC/USDT"), binance("BTC/USDT")) * rate("USDT_USD") * 1.005``. A source gives ``.bid``,
``.ask`` or ``.mid``; without one of them it gives the side that is asked for. Python's own parser reads the
text and nothing of Python runs it: whatever is not in the language is refused when the formula is saved.
"""

import ast
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import (
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from functools import lru_cache
from typing import Final, Protocol

from fondaco.market.errors import FormulaRefused

LENGTH_MAX: Final = 500
NODES_MAX: Final = 120
DEPTH_MAX: Final = 24
DIGITS_MAX: Final = 30
CPU_S_MAX: Final = 0.05
"""Processor time of one evaluation, other pairs included."""
PARTS: Final = frozenset({"bid", "ask", "mid"})
RATE: Final = "rate"

_LETTERS: Final = re.compile(r"[A-Za-z0-9_ .\"/+\-*(),\n\t]*", re.ASCII)
_QUOTED: Final = re.compile(r"\"[A-Z0-9._/]{1,40}\"", re.ASCII)
_GLUED: Final = re.compile(r"(?<![A-Za-z0-9_])[0-9][0-9.]*[A-Za-z_]|[A-Za-z]\"|\"\s*\"", re.ASCII)
"""A number with a letter behind it, a text with one before it, a text behind a text: Python takes them."""
_NUMBER: Final = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)
_SYMBOL: Final = re.compile(r"[A-Z0-9.]{2,20}/[A-Z0-9.]{2,20}", re.ASCII)
_PAIR: Final = re.compile(r"[A-Z0-9.]{2,33}_[A-Z0-9.]{2,33}", re.ASCII)
_SOURCE: Final = re.compile(r"[a-z][a-z0-9_]{1,19}", re.ASCII)

_CONTEXT: Final = Context(
    prec=40, Emax=60, Emin=-60, traps=[InvalidOperation, DivisionByZero, Overflow]
)
_OPERATORS: Final[Mapping[type[ast.operator], Callable[[Decimal, Decimal], Decimal]]] = {
    ast.Add: _CONTEXT.add,
    ast.Sub: _CONTEXT.subtract,
    ast.Mult: _CONTEXT.multiply,
    ast.Div: _CONTEXT.divide,
}


class NoPrice(Exception):
    """Say that a formula has no value now, in one sentence."""


class Prices(Protocol):
    """Give a formula what it names."""

    def of_source(self, source: str, symbol: str, part: str) -> Decimal:
        """Give a price; ``part`` is bid, ask, mid or empty for the side that is asked for.

        :raises NoPrice: there is none, or it is too old
        """

    def of_pair(self, pair: str) -> Decimal:
        """Give the price of another pair, in SPEND per unit of GET.

        :raises NoPrice: there is none
        """


@dataclass(frozen=True, slots=True)
class FormulaStep:
    """Show what one part of a formula came to."""

    text: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Formula:
    """Hold a formula that was read and found sound."""

    text: str
    body: ast.expr
    symbols: frozenset[tuple[str, str]]
    """The sources that it names, each with the symbol that it asks for."""
    pairs: frozenset[str]
    """The other pairs that it names."""
    numbers: Mapping[tuple[int, int], Decimal]
    """Its numbers as they were typed, by line and column: Python has made floats of them."""


@lru_cache(maxsize=1024)
def read_formula(text: str) -> Formula:
    """Read a formula.

    :raises FormulaRefused: it is none, or larger than a formula may be
    """
    _check_letters(text)
    line = " ".join(text.split())
    try:
        body = ast.parse(line, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise _refused("This cannot be read.") from None
    checked = _Checked(line)
    checked.visit(body, depth=1)
    return Formula(
        line,
        body,
        frozenset(checked.symbols),
        frozenset(checked.pairs),
        checked.numbers,
    )


def evaluate(
    formula: Formula, prices: Prices, *, steps: list[FormulaStep] | None = None
) -> Decimal:
    """Give the formula's value, which is positive; ``steps`` gets each part's in order.

    :raises NoPrice: it has none now
    """
    deadline = time.thread_time() + CPU_S_MAX
    try:
        value = _Evaluation(formula, prices, deadline, steps).value(formula.body)
    except DecimalException:
        raise NoPrice("the formula divides by zero or leaves the range of numbers") from None
    if not value.is_finite() or value <= 0:
        raise NoPrice("the formula's value is not positive")
    return value


def find_cycle(start: str, reach: Callable[[str], frozenset[str]]) -> tuple[str, ...] | None:
    """Give the way on which a pair needs its own price, or none; ``reach`` names what a pair needs."""
    trail: list[tuple[str, Iterator[str]]] = [(start, iter(sorted(reach(start))))]
    seen = {start}
    while trail:
        for following in trail[-1][1]:
            if following == start:
                return (*(name for name, _ in trail), start)
            if following not in seen:
                seen.add(following)
                trail.append((following, iter(sorted(reach(following)))))
                break
        else:
            trail.pop()
    return None


def is_source_code(text: str) -> bool:
    """Tell whether a source may have this name in formulas."""
    return _SOURCE.fullmatch(text) is not None


def is_symbol(text: str) -> bool:
    """Tell whether sources may be asked for this, such as ``BTC/USDT``."""
    return _SYMBOL.fullmatch(text) is not None


def _check_letters(text: str) -> None:
    if not text.strip() or len(text) > LENGTH_MAX:
        raise _refused(f"A formula has 1 to {LENGTH_MAX} characters.")
    if not _LETTERS.fullmatch(text):
        raise _refused('A formula holds letters, digits and + - * / ( ) , . _ " only.')
    if _GLUED.search(_QUOTED.sub('"', text)) or text.count('"') % 2:
        raise _refused("A number or a quoted name stands glued to a letter.")


def _refused(detail: str) -> FormulaRefused:
    return FormulaRefused(detail, field="formula")


def _average(values: list[Decimal]) -> Decimal:
    total = values[0]
    for value in values[1:]:
        total = _CONTEXT.add(total, value)
    return _CONTEXT.divide(total, Decimal(len(values)))


def median(values: list[Decimal]) -> Decimal:
    """Give the middle one; of an even number the mean of the two middle ones."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else _average(ordered[half - 1 : half + 1])


def _round(values: list[Decimal]) -> Decimal:
    number, places = values
    if places != places.to_integral_value() or not 0 <= places <= 18:  # noqa: PLR2004 - as many places as an asset has
        raise NoPrice("round() takes 0 to 18 places")
    return number.quantize(Decimal(1).scaleb(-int(places)), context=_CONTEXT)


_FUNCTIONS: Final[Mapping[str, Callable[[list[Decimal]], Decimal]]] = {
    "min": min,
    "max": max,
    "avg": _average,
    "median": median,
    "round": _round,
}
FUNCTIONS: Final = frozenset(_FUNCTIONS)
"""What no source may be called."""
_ROUND_ARGUMENTS: Final = 2


@dataclass(slots=True)
class _Checked:
    """Walk through what Python read, and refuse all that is not in the language."""

    text: str
    nodes: int = 0
    symbols: set[tuple[str, str]] = field(default_factory=set)
    pairs: set[str] = field(default_factory=set)
    numbers: dict[tuple[int, int], Decimal] = field(default_factory=dict)

    def visit(self, node: ast.expr, *, depth: int) -> None:
        self.nodes += 1
        if self.nodes > NODES_MAX or depth > DEPTH_MAX:
            raise _refused("The formula has too many parts, or they are nested too deep.")
        match node:
            case ast.Constant():
                self._check_number(node)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=inner):
                self.visit(inner, depth=depth + 1)
            case ast.BinOp(
                left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right=right
            ):
                self.visit(left, depth=depth + 1)
                self.visit(right, depth=depth + 1)
            case ast.Attribute(value=ast.Call(func=ast.Name()) as call, attr=attr):
                self._check_part(call, attr)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                self._check_call(name, arguments, depth)
            case _:
                raise _refused(f"{self._source(node)} is not part of the language.")

    def _check_number(self, node: ast.Constant) -> None:
        written = self._source(node)
        if not _NUMBER.fullmatch(written) or len(written) > DIGITS_MAX:
            raise _refused(f"{written} is not a plain number of at most {DIGITS_MAX} digits.")
        self.numbers[node.lineno, node.col_offset] = Decimal(written)

    def _check_part(self, call: ast.Call, attr: str) -> None:
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if attr not in PARTS or name == RATE or name in FUNCTIONS:
            raise _refused(f"Only sources have parts, and they are {', '.join(sorted(PARTS))}.")
        self.visit(call, depth=1)

    def _check_call(self, name: str, arguments: list[ast.expr], depth: int) -> None:
        if name in FUNCTIONS:
            if not arguments or (name == "round" and len(arguments) != _ROUND_ARGUMENTS):
                raise _refused(f"{name}() does not take {len(arguments)} values.")
            for argument in arguments:
                self.visit(argument, depth=depth + 1)
            return
        match arguments:
            case [ast.Constant(value=str(named))]:
                self._check_name(name, named)
            case _:
                raise _refused(f"{name}() takes one quoted name.")

    def _check_name(self, name: str, named: str) -> None:
        if name == RATE:
            if not _PAIR.fullmatch(named):
                raise _refused(f"{named} is no pair such as USD_UAH.")
            self.pairs.add(named)
            return
        if not _SOURCE.fullmatch(name) or not _SYMBOL.fullmatch(named):
            raise _refused(f'{name}("{named}") is no source such as kraken("BTC/USDT").')
        self.symbols.add((name, named))

    def _source(self, node: ast.expr) -> str:
        return (ast.get_source_segment(self.text, node) or "this")[:60]


@dataclass(frozen=True, slots=True)
class _Evaluation:
    """Compute what ``_Checked`` let pass."""

    formula: Formula
    prices: Prices
    deadline: float
    steps: list[FormulaStep] | None

    def value(self, node: ast.expr) -> Decimal:
        if time.thread_time() > self.deadline:
            raise NoPrice("the formula takes too long")
        found = self._value(node)
        if self.steps is not None and not isinstance(node, ast.Constant):
            written = ast.get_source_segment(self.formula.text, node) or ""
            self.steps.append(FormulaStep(written, found))
        return found

    def _value(self, node: ast.expr) -> Decimal:
        match node:
            case ast.Constant():
                return self.formula.numbers[node.lineno, node.col_offset]
            case ast.UnaryOp(op=op, operand=inner):
                found = self.value(inner)
                return _CONTEXT.minus(found) if isinstance(op, ast.USub) else found
            case ast.BinOp(left=left, op=op, right=right):
                return _OPERATORS[type(op)](self.value(left), self.value(right))
            case ast.Attribute(value=ast.Call() as call, attr=attr):
                return self._named(call, attr)
            case ast.Call(func=ast.Name(id=name), args=arguments) if name in _FUNCTIONS:
                return _FUNCTIONS[name]([self.value(one) for one in arguments])
            case ast.Call():
                return self._named(node, "")
            case _:
                raise NoPrice("the formula was not checked")

    def _named(self, call: ast.Call, part: str) -> Decimal:
        match call:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(named))]):
                if name == RATE:
                    return self.prices.of_pair(named)
                return self.prices.of_source(name, named, part)
            case _:
                raise NoPrice("the formula was not checked")
