"""Rules that look at a portfolio as a whole; rules are data, so a new one is a line.

A rule compares one figure, in hundredths of a per cent of the portfolio's value, with a border.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fondaco.money.rounding import Rounding, divide

WHOLE: Final = 10_000


class Measure(StrEnum):
    """The figures that rules look at."""

    LARGEST = "largest"
    """The largest position."""
    LARGEST_THREE = "largest_three"
    """The three largest together."""
    CURRENCY = "currency"
    """Everything that is priced in another currency than the portfolio's."""
    SHARES = "shares"
    """Single companies, as against funds."""
    CRYPTO = "crypto"
    """Coins."""
    STALE = "stale"
    """What has no price of these days."""
    CASH = "cash"
    """Cash in the wallet, as a part of cash and portfolio together."""
    FEES = "fees"
    """Fees of the last year, as a part of the portfolio's value."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Say from which border on a figure is worth a word, and which word."""

    code: str
    measure: Measure
    border_bps: int
    says: str
    is_floor: bool = False
    """True: the rule speaks below the border; else above it."""


RULES: Final = (
    Rule("position_above_a_quarter", Measure.LARGEST, 2_500, "One asset is more than a quarter."),
    Rule("three_above_a_half", Measure.LARGEST_THREE, 5_000, "Three assets are more than half."),
    Rule("foreign_currency", Measure.CURRENCY, 3_000, "A third or more moves with exchange rates."),
    Rule("no_funds", Measure.SHARES, 9_000, "Nearly all of it is single companies."),
    Rule("much_crypto", Measure.CRYPTO, 1_000, "More than a tenth is in coins."),
    Rule("prices_are_old", Measure.STALE, 0, "Some prices are old, so the value may be wrong."),
    Rule(
        "little_cash", Measure.CASH, 200, "Hardly any cash is left for a rainy day.", is_floor=True
    ),
    Rule("much_cash", Measure.CASH, 5_000, "More than half of all money earns nothing."),
    Rule("high_fees", Measure.FEES, 100, "Fees took more than one per cent in a year."),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Tell what one rule says of one portfolio."""

    rule: Rule
    figure_bps: int
    is_broken: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold what the rules need to know of one position."""

    value: int
    kind: str
    is_foreign: bool
    is_stale: bool


def measure(pieces: Sequence[Piece], *, cash: int, fees: int) -> Mapping[Measure, int]:
    """Give all figures of a portfolio; amounts are minor units of its currency."""
    whole = sum(piece.value for piece in pieces)
    sizes = sorted((piece.value for piece in pieces), reverse=True)
    return {
        Measure.LARGEST: _part(sizes[:1], whole),
        Measure.LARGEST_THREE: _part(sizes[:3], whole),
        Measure.CURRENCY: _part((one.value for one in pieces if one.is_foreign), whole),
        Measure.SHARES: _part((one.value for one in pieces if one.kind == "share"), whole),
        Measure.CRYPTO: _part((one.value for one in pieces if one.kind == "crypto"), whole),
        Measure.STALE: _part((one.value for one in pieces if one.is_stale), whole),
        Measure.CASH: _part([cash], cash + whole),
        Measure.FEES: _part([fees], whole),
    }


def examine(figures: Mapping[Measure, int]) -> list[Finding]:
    """Hold figures against all rules."""
    found = []
    for rule in RULES:
        figure = figures[rule.measure]
        is_broken = figure < rule.border_bps if rule.is_floor else figure > rule.border_bps
        found.append(Finding(rule, figure, is_broken))
    return found


def _part(values: Iterable[int], whole: int) -> int:
    return divide(sum(values) * WHOLE, whole, rounding=Rounding.HALF_EVEN) if whole else 0
