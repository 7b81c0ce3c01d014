"""The only writers of the market."""

from fondaco.market.actions.candles import forget_minutes, forget_ticks, make_candles
from fondaco.market.actions.currencies import add_currency, change_currency
from fondaco.market.actions.pairs import (
    add_pair,
    change_pair,
    resume_pair,
    suspend_once,
    suspend_pair,
)
from fondaco.market.actions.polling import poll_tenants, publish
from fondaco.market.actions.quotes import forget_quotes, make_quote, take_quote
from fondaco.market.actions.sources import (
    add_source,
    change_source,
    enter_prices,
    take_reference_rates,
)

__all__ = [
    "add_currency",
    "add_pair",
    "add_source",
    "change_currency",
    "change_pair",
    "change_source",
    "enter_prices",
    "forget_minutes",
    "forget_quotes",
    "forget_ticks",
    "make_candles",
    "make_quote",
    "poll_tenants",
    "publish",
    "resume_pair",
    "suspend_once",
    "suspend_pair",
    "take_quote",
    "take_reference_rates",
]
