"""Rates from memory."""

from datetime import datetime

from fondaco.kit import clock
from fondaco.market.arithmetic import reciprocal
from fondaco.market.board import Board, board
from fondaco.market.errors import PairDisabled, PairNotFound, PairSuspended, RateUnavailable
from fondaco.market.formulas import NoPrice
from fondaco.market.pricing import PriceSide
from fondaco.market.types import MarketPair, Rate

RETRY_AFTER_S = 2
"""Sources are asked each second."""


def get_rate(*, pair: str) -> Rate:
    """Give the rate of one direction of a pair.

    :raises PairNotFound: there is no such pair
    :raises PairDisabled: it, or one of its currencies, is switched off
    :raises PairSuspended: it is stopped until an operator has looked at it
    :raises RateUnavailable: no source is fresh enough
    """
    known = board()
    found = known.definitions.pairs.get(pair)
    if found is None:
        raise PairNotFound(field="pair")
    return rate_on(known=known, pair=found, now=clock.now())


def list_rates() -> list[Rate]:
    """Give the rates of all pairs that have one, both directions, by name."""
    known, now = board(), clock.now()
    rates = []
    for name in sorted(known.definitions.pairs):
        try:
            rates.append(rate_on(known=known, pair=known.definitions.pairs[name], now=now))
        except (PairDisabled, PairSuspended, RateUnavailable):
            continue
    return rates


def rate_on(*, known: Board, pair: MarketPair, now: datetime) -> Rate:
    """Give the rate of a pair on a board.

    :raises PairDisabled: it, or one of its currencies, is switched off
    :raises PairSuspended: it is stopped until an operator has looked at it
    :raises RateUnavailable: no source is fresh enough
    """
    if not pair.is_enabled:
        raise PairDisabled
    if pair.is_suspended:
        raise PairSuspended
    try:
        made = known.price(pair, PriceSide.ASK if pair.buys_base else PriceSide.BID, now=now)
    except NoPrice:
        raise RateUnavailable(retry_after_s=RETRY_AFTER_S) from None
    return Rate(
        pair=pair.name,
        get=pair.get,
        spend=pair.spend,
        base=pair.base.code,
        price=made.value if pair.buys_base else reciprocal(made.value),
        base_price=made.value,
        sources=made.used,
        at=min((one.at for one in made.used), default=now),
    )
