"""Prices of the day from an exchange's public ticker, over HTTP: right, late, down and nonsense."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from fondaco.instruments import models
from fondaco.instruments.actions.instruments import declare_instrument
from fondaco.instruments.actions.live import refresh_prices
from fondaco.instruments.providers.base import ProviderUnavailable
from fondaco.instruments.providers.kraken_ticker import KrakenTicker
from fondaco.instruments.queries.prices import find_quoted
from fondaco.instruments.states import InstrumentKind
from fondaco.instruments.tests.cast import USD
from fondaco.instruments.types import NewInstrument
from fondaco.kit import clock, options
from fondaco.kit.access import SYSTEM
from fondaco.money import Asset
from sandbox.venues_kraken import KrakenVenue
from tests.plumbing.serving import sandbox

TIMEOUT_MS = 400


@contextmanager
def exchange(*, timeout_ms: int = 10_000, **faults: Any) -> Iterator[str]:
    """Serve an exchange that behaves in a way, and ask it for prices."""
    with sandbox(KrakenVenue()) as origin:
        told = {"prices_url": f"{origin}/kraken", "prices_timeout_ms": timeout_ms}
        with options.override(**told):
            misbehave(origin, **faults)
            yield origin


def misbehave(origin: str, **faults: Any) -> None:
    httpx.put(f"{origin}/control/kraken/faults", json=faults).raise_for_status()


def ask(pair: str = "XXBTZUSD") -> Any:
    return KrakenTicker().latest({"KRAK.X": pair}, today=clock.today())


@pytest.fixture
def bitcoin(tenant: Any) -> Iterator[str]:
    """Declare an asset with a live price; nobody asks for that after the test."""
    symbol = f"KRAK.T{uuid4().hex[:8].upper()}"
    asked = NewInstrument(
        asset=Asset(symbol, 8),
        name="Bitcoin",
        kind=InstrumentKind.CRYPTO,
        currency=USD,
        time_zone="UTC",
        provider="kraken",
        provider_symbol="XXBTZUSD",
    )
    declare_instrument(ask=asked, by=SYSTEM)
    yield symbol
    models.Instrument.objects.filter(symbol=symbol).update(provider="")


class TestLivePrices:
    def test_are_taken_in_as_today_s_and_an_exchange_in_trouble_changes_none(
        self, bitcoin: str
    ) -> None:
        with exchange() as origin:
            assert refresh_prices(by=SYSTEM) >= 1
            for faults in ({"status": 503}, {"price_factor": "NaN"}, {"price_factor": "-1"}):
                misbehave(origin, **faults)
                assert refresh_prices(by=SYSTEM) == 0
        (quoted,) = find_quoted(symbols=[bitcoin], at=clock.now()).values()
        assert (quoted.close, quoted.day) == (Decimal(60_000), clock.today())
        assert (quoted.is_stale, quoted.source.name) == (False, "kraken")

    @pytest.mark.parametrize(
        "faults",
        [
            {"status": 503},
            {"status": 429},
            {"price_factor": "NaN"},
            {"price_factor": "-1"},
            {"price_factor": "0"},
        ],
    )
    def test_are_refused_from_an_exchange_that_is_down_or_tells_nonsense(self, faults: Any) -> None:
        with exchange(**faults), pytest.raises(ProviderUnavailable):
            ask()

    @pytest.mark.filterwarnings("ignore")  # the exchange is still answering when the test is over
    def test_are_not_waited_for_without_end(self) -> None:
        with exchange(timeout_ms=TIMEOUT_MS, latency_s=1.5), pytest.raises(ProviderUnavailable):
            ask()

    def test_are_not_had_of_a_pair_that_is_unknown_there(self) -> None:
        with exchange():
            assert ask("NOBODYUSD") == []
            (told,) = ask()
        assert (told.close, told.volume) == (Decimal(60_000), 12)

    def test_are_not_had_where_nobody_listens(self) -> None:
        with options.override(prices_url="http://127.0.0.1:1"), pytest.raises(ProviderUnavailable):
            ask()
