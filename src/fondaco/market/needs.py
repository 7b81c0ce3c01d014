"""Which symbols of which sources the pairs need: nothing else is kept of what a venue tells."""

from collections import defaultdict

from fondaco.market.board import Definitions
from fondaco.market.formulas import read_formula
from fondaco.market.states import PriceMode
from fondaco.market.types import MarketPair


def needed_symbols(definitions: Definitions) -> dict[str, frozenset[str]]:
    """Give for each source the symbols that pairs ask it for."""
    needed: defaultdict[str, set[str]] = defaultdict(set)
    for name in definitions.pair_ids:
        for source, symbol in _of(definitions.pairs[name]):
            needed[source].add(symbol)
    return {source: frozenset(symbols) for source, symbols in needed.items()}


def _of(pair: MarketPair) -> frozenset[tuple[str, str]]:
    terms = pair.terms
    if terms.mode == PriceMode.FORMULA:
        return read_formula(terms.formula).symbols
    if terms.mode == PriceMode.SOURCES:
        symbol = terms.symbol or f"{pair.base.code}/{pair.quote.code}"
        return frozenset((source, symbol) for source in terms.sources)
    return frozenset()
