"""Currencies, pairs and sources as this process knows them, which is at most a second old."""

from fondaco.kit.errors import NotFound
from fondaco.market import models
from fondaco.market.board import board
from fondaco.market.errors import PairNotFound
from fondaco.market.rows import show_source
from fondaco.market.types import MarketCurrency, MarketPair, MarketSource


def get_currency(*, code: str) -> MarketCurrency:
    """Give a currency.

    :raises NotFound: the house knows none of this code
    """
    found = find_currency(code=code)
    if found is None:
        raise NotFound
    return found


def find_currency(*, code: str) -> MarketCurrency | None:
    """Give a currency, if the house knows it."""
    return board().definitions.currencies.get(code)


def list_currencies() -> list[MarketCurrency]:
    """Give all currencies by code."""
    known = board().definitions.currencies
    return [known[code] for code in sorted(known)]


def get_pair(*, name: str) -> MarketPair:
    """Give a pair in the direction that is asked for.

    :raises PairNotFound: there is none
    """
    found = find_pair(name=name)
    if found is None:
        raise PairNotFound
    return found


def find_pair(*, name: str) -> MarketPair | None:
    """Give a pair in the direction that is asked for, if there is one."""
    return board().definitions.pairs.get(name)


def list_pairs() -> list[MarketPair]:
    """Give all pairs in both directions, by name."""
    known = board().definitions.pairs
    return [known[name] for name in sorted(known)]


def list_sources() -> list[MarketSource]:
    """Give all sources by code, with how fresh they are at this moment."""
    rows = models.Source.objects.select_related("reading").order_by("code")
    return [show_source(row, getattr(row, "reading", None)) for row in rows]
