"""All providers of prices by name."""

from collections.abc import Mapping
from typing import Final

from fondaco.instruments.providers.base import PriceProvider
from fondaco.instruments.providers.kraken_ticker import KrakenTicker

PROVIDERS: Final[Mapping[str, PriceProvider]] = {"kraken": KrakenTicker()}
