"""What the rules say of a portfolio, and how far it is from where it should be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from fondaco.investing.errors import NoTarget
from fondaco.investing.queries.activities import Story, read_story
from fondaco.investing.queries.advice import find_accepted
from fondaco.investing.queries.portfolio import appraise, get_portfolio
from fondaco.investing.queries.settings import get_settings
from fondaco.investing.states import ActivityKind
from fondaco.investing.types import Advice, Portfolio
from fondaco.investing.xray import Finding, Piece, examine, measure
from fondaco.money import Money, Rounding, divide
from fondaco.quant.allocation import PARTS
from fondaco.wallets.queries.wallets import list_balances

YEAR: Final = timedelta(days=365)
BPS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Drift:
    """Show how far one part is from its target; parts are of a million."""

    symbol: str
    parts: int
    target: int
    is_outside: bool
    """Whether it is further away than the customer's band."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Show whether a portfolio is still what was advised."""

    advice: Advice
    band_bps: int
    worth: Money
    drifts: Sequence[Drift]

    @property
    def is_due(self) -> bool:
        """Tell whether a part is outside its band."""
        return any(one.is_outside for one in self.drifts)


def examine_portfolio(*, customer_id: UUID, at: datetime) -> Sequence[Finding]:
    """Give what all rules say of a customer's portfolio."""
    story = read_story(customer_id=customer_id)
    settings = get_settings(customer_id=customer_id)
    return _examine(story, appraise(settings=settings, story=story, at=at), customer_id, at)


def check_up(*, customer_id: UUID, at: datetime) -> tuple[Sequence[Finding], Balance | None]:
    """Give what all rules say, and the distance from the advice; none where none was followed."""
    story = read_story(customer_id=customer_id)
    settings = get_settings(customer_id=customer_id)
    portfolio = appraise(settings=settings, story=story, at=at)
    advice = find_accepted(customer_id=customer_id)
    balance = _balance(advice, portfolio) if advice else None
    return _examine(story, portfolio, customer_id, at), balance


def _examine(
    story: Story, portfolio: Portfolio, customer_id: UUID, at: datetime
) -> Sequence[Finding]:
    settings = portfolio.settings
    fees = sum(
        int(row.cash_minor)
        for row in story.rows
        if row.kind == ActivityKind.FEE and row.at > at - YEAR
    )
    cash = {one.total.asset: one.total.minor for one in list_balances(customer_id=customer_id)}
    pieces = [
        Piece(
            value=one.value.minor,
            kind=one.instrument.kind.value,
            is_foreign=one.instrument.currency != settings.currency,
            is_stale=one.quoted.is_stale,
        )
        for one in portfolio.positions
    ]
    return examine(measure(pieces, cash=cash.get(settings.currency, 0), fees=fees))


def get_balance(*, customer_id: UUID, at: datetime) -> Balance:
    """Give how far a customer's portfolio at this house is from the advice that he followed last.

    :raises NoTarget: he has followed none
    """
    advice = find_accepted(customer_id=customer_id)
    if advice is None:
        raise NoTarget
    return _balance(advice, get_portfolio(customer_id=customer_id, at=at))


def _balance(advice: Advice, portfolio: Portfolio) -> Balance:
    targets = _of_invested(advice.answer["parts"])
    now = _parts_here(portfolio)
    border = portfolio.settings.band_bps * PARTS // BPS
    drifts = [
        Drift(
            symbol=symbol,
            parts=now.get(symbol, 0),
            target=targets.get(symbol, 0),
            is_outside=abs(now.get(symbol, 0) - targets.get(symbol, 0)) > border,
        )
        for symbol in sorted(now.keys() | targets.keys())
    ]
    return Balance(advice, portfolio.settings.band_bps, _worth_here(portfolio), drifts)


def _of_invested(parts: Mapping[str, int]) -> Mapping[str, int]:
    """Give parts of what is invested, where an advice leaves some cash."""
    whole = sum(parts.values())
    return {
        symbol: divide(part * PARTS, whole, rounding=Rounding.DOWN)
        for symbol, part in parts.items()
    }


def _parts_here(portfolio: Portfolio) -> Mapping[str, int]:
    whole = _worth_here(portfolio).minor
    return {
        one.instrument.symbol: divide(one.value.minor * PARTS, whole, rounding=Rounding.HALF_EVEN)
        for one in portfolio.positions
        if not one.outside and whole
    }


def _worth_here(portfolio: Portfolio) -> Money:
    here = (one.value.minor for one in portfolio.positions if not one.outside)
    return Money(sum(here), portfolio.settings.currency)
