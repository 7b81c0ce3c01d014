"""Whether the terms of a pair make sense, beside all other pairs that there are."""

from collections.abc import Mapping
from typing import Final

from fondaco.kit.errors import InvalidField
from fondaco.market import models
from fondaco.market.errors import FormulaRefused
from fondaco.market.formulas import find_cycle, read_formula
from fondaco.market.pricing import PRICE_MAX, PRICE_MIN
from fondaco.market.states import PriceMode
from fondaco.market.types import PairTerms

MARKUP_BPS_MAX: Final = 9_999
SOURCES_MAX: Final = 10
LIFETIME_S_MAX: Final = 3_600
BPS_MAX: Final = 1_000_000


def check_terms(terms: PairTerms, *, base: str, quote: str) -> None:
    """Pass silently when a pair can get its price so.

    :raises InvalidField: something is missing, or out of range
    :raises FormulaRefused: the formula is none, names what is not there, or needs its own price
    """
    _check_ranges(terms)
    match terms.mode:
        case PriceMode.STATIC:
            _check_static(terms)
        case PriceMode.SOURCES:
            _check_sources(terms)
        case PriceMode.FORMULA:
            check_formula(terms.formula, pair=f"{base}_{quote}")


def check_formula(text: str, *, pair: str) -> None:
    """Pass silently when a formula can be the price of a pair.

    :raises FormulaRefused: it is none, names what is not there, or needs the pair's own price
    """
    formula = read_formula(text)
    known = set(models.Source.objects.values_list("code", flat=True))
    for source, _ in sorted(formula.symbols):
        if source not in known:
            raise FormulaRefused(f"There is no source {source}.", field="formula")
    needs = _needs()
    for name in sorted(formula.pairs):
        if _stored(name, needs) is None:
            raise FormulaRefused(f"There is no pair {name}.", field="formula")

    def reach(name: str) -> frozenset[str]:
        if name == pair:
            return frozenset(_stored(one, needs) or one for one in formula.pairs)
        return needs.get(name, frozenset())

    circle = find_cycle(pair, reach)
    if circle:
        raise FormulaRefused(f"A price needs itself: {' → '.join(circle)}.", field="formula")


def _needs() -> Mapping[str, frozenset[str]]:
    """Give for each stored pair the stored pairs that its price needs."""
    rows = dict(models.Pair.objects.values_list("name", "formula").order_by("name"))
    modes = dict(models.Pair.objects.values_list("name", "mode"))
    plain = {name: frozenset[str]() for name in rows}
    return {
        name: frozenset(_stored(one, plain) or one for one in read_formula(text).pairs)
        if modes[name] == PriceMode.FORMULA
        else frozenset()
        for name, text in rows.items()
    }


def _stored(name: str, needs: Mapping[str, frozenset[str]]) -> str | None:
    """Give the name under which a pair is stored, whichever direction is named."""
    get, _, spend = name.partition("_")
    turned = f"{spend}_{get}"
    return name if name in needs else turned if turned in needs else None


def _check_ranges(terms: PairTerms) -> None:
    _between(abs(terms.markup_bps), 0, MARKUP_BPS_MAX, "markup_bps")
    _between(terms.guards.deviation_bps_max, 1, BPS_MAX, "deviation_bps_max")
    _between(terms.guards.jump_bps_max, 1, BPS_MAX, "jump_bps_max")
    _between(terms.quote_lifetime_s, 1, LIFETIME_S_MAX, "quote_lifetime_s")


def _between(value: int, low: int, high: int, field: str) -> None:
    if not low <= value <= high:
        raise InvalidField(f"From {low} to {high}.", field=field)


def _check_static(terms: PairTerms) -> None:
    value = terms.static_price
    if value is None or not value.is_finite() or not PRICE_MIN <= value <= PRICE_MAX:
        raise InvalidField("A price is a positive number.", field="static_price")
    if len(value.normalize().as_tuple().digits) > 20:  # noqa: PLR2004 - as many as prices have
        raise InvalidField("A price has at most 20 digits that count.", field="static_price")


def _check_sources(terms: PairTerms) -> None:
    if not 1 <= len(terms.sources) <= SOURCES_MAX or len(set(terms.sources)) < len(terms.sources):
        raise InvalidField(f"Name 1 to {SOURCES_MAX} sources, none twice.", field="sources")
    known = set(models.Source.objects.filter(code__in=terms.sources).values_list("code", flat=True))
    for source in terms.sources:
        if source not in known:
            raise InvalidField(f"There is no source {source}.", field="sources")
