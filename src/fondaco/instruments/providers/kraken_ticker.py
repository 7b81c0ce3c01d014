"""Kraken's public ticker: ``GET /0/public/Ticker?pair=…``, no key needed.

An answer is ``{"error": [], "result": {"XXBTZUSD": {"c": ["price", "lot"], "o": "open", "h": ["today", …],
"l": […], "v": […]}}}``. Kraken may answer under a longer name of the pair, so one is asked for at a time.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import httpx

from fondaco.instruments.prices import read_price
from fondaco.instruments.providers.base import ProviderUnavailable
from fondaco.instruments.types import DayPrice, Source
from fondaco.kit.http import make_client
from fondaco.kit.options import options

_OK: Final = 200
_MS: Final = 1_000


class KrakenTicker:
    """Ask for one pair after the other."""

    name = "kraken"
    source = Source(
        name="kraken",
        title="Kraken, public ticker: last trade of today (UTC)",
        licence="Kraken's terms for public market data.",
    )

    def latest(self, symbols: Mapping[str, str], *, today: date) -> Sequence[DayPrice]:
        """Give today's prices so far.

        :raises ProviderUnavailable: not now, or the answer cannot be read
        """
        found = []
        chosen = options()
        timeout_s = chosen.prices_timeout_ms / _MS
        with make_client(base_url=chosen.prices_url, timeout_s=timeout_s) as client:
            for symbol, pair in symbols.items():
                told = self._ask(client, pair)
                if told is not None:
                    found.append(self._read(symbol, told, today))
        return found

    def _ask(self, client: httpx.Client, pair: str) -> Mapping[str, Any] | None:
        try:
            answer = client.get("/0/public/Ticker", params={"pair": pair})
            told = answer.json(parse_float=Decimal)
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderUnavailable(str(error)) from error
        if answer.status_code != _OK or not isinstance(told, dict):
            raise ProviderUnavailable(f"answered {answer.status_code}")
        result = told.get("result")
        if told.get("error") or not isinstance(result, dict) or len(result) != 1:
            return None  # a pair that it does not know
        (ticker,) = result.values()
        return ticker if isinstance(ticker, dict) else None

    def _read(self, symbol: str, told: Mapping[str, Any], today: date) -> DayPrice:
        try:
            return DayPrice(
                symbol=symbol,
                day=today,
                close=read_price(told["c"][0]),
                open=read_price(told["o"]),
                high=read_price(told["h"][0]),
                low=read_price(told["l"][0]),
                volume=int(Decimal(told["v"][0])),
            )
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            raise ProviderUnavailable("the answer cannot be read") from error
