"""Ask providers for prices of today."""

from collections import defaultdict

import structlog

from fondaco.instruments import models
from fondaco.instruments.actions.instruments import import_prices
from fondaco.instruments.providers.base import ProviderUnavailable
from fondaco.instruments.providers.registry import PROVIDERS
from fondaco.kit import clock
from fondaco.kit.access import Actor

log = structlog.get_logger(__name__)


def refresh_prices(*, by: Actor) -> int:
    """Ask each provider for its prices; gives how many are new. One that fails stops no other."""
    wanted: dict[str, dict[str, str]] = defaultdict(dict)
    rows = models.Instrument.objects.exclude(provider="")
    for who, symbol, theirs in rows.values_list("provider", "symbol", "provider_symbol"):
        wanted[who][symbol] = theirs
    written = 0
    for name, symbols in wanted.items():
        provider = PROVIDERS[name]
        try:
            prices = provider.latest(symbols, today=clock.today())
        except ProviderUnavailable as error:
            log.warning("instruments.prices.unavailable", provider=name, reason=str(error))
            continue
        written += import_prices(prices=prices, source=provider.source, by=by).written
    return written
