"""What a formula would give at this moment, with every step."""

from dataclasses import dataclass, field
from decimal import Decimal

from fondaco.kit import clock
from fondaco.kit.errors import InvalidField
from fondaco.market.board import board
from fondaco.market.formulas import FormulaStep, NoPrice
from fondaco.market.pricing import PriceSide, price
from fondaco.market.states import PriceMode
from fondaco.market.types import MarketPair, PairTerms, Used
from fondaco.market.validation import check_formula


@dataclass(slots=True)
class Preview:
    """Hold one of the two prices, or why there is none."""

    value: Decimal | None = None
    error: str = ""
    steps: list[FormulaStep] = field(default_factory=list)
    used: tuple[Used, ...] = ()


def preview(*, formula: str, base: str, quote: str) -> tuple[Preview, Preview]:
    """Give ask and bid of a pair that would have this formula, without markup.

    :raises FormulaRefused: it is none, names what is not there, or needs its own price
    :raises InvalidField: a currency is not known
    """
    known = board()
    currencies = known.definitions.currencies
    for name, code in (("base", base), ("quote", quote)):
        if code not in currencies:
            raise InvalidField(f"{code} is not known.", field=name)
    check_formula(formula, pair=f"{base}_{quote}")
    pair = MarketPair(
        name=f"{base}_{quote}",
        get=currencies[base].asset,
        spend=currencies[quote].asset,
        base=currencies[base].asset,
        quote=currencies[quote].asset,
        terms=PairTerms(mode=PriceMode.FORMULA, formula=formula),
        is_enabled=True,
        suspended_reason="",
        suspended_at=None,
        version=0,
    )
    now, shown = clock.now(), []
    for side in (PriceSide.ASK, PriceSide.BID):
        one = Preview()
        try:
            made = price(known.world, pair, side, now=now, steps=one.steps)
        except NoPrice as error:
            one.error = str(error)
        else:
            one.value, one.used = made.value, made.used
        shown.append(one)
    return shown[0], shown[1]
