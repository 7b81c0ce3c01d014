"""Reads of the market."""

from fondaco.market.queries.calculating import calculate
from fondaco.market.queries.history import list_candles
from fondaco.market.queries.pairs import (
    find_pair,
    get_currency,
    get_pair,
    list_currencies,
    list_pairs,
    list_sources,
)
from fondaco.market.queries.quotes import get_quote
from fondaco.market.queries.rates import get_rate, list_rates

__all__ = [
    "calculate",
    "find_pair",
    "get_currency",
    "get_pair",
    "get_quote",
    "get_rate",
    "list_candles",
    "list_currencies",
    "list_pairs",
    "list_rates",
    "list_sources",
]
