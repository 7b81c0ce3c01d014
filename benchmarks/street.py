"""Three simulated exchanges and nothing else; uvicorn serves ``benchmarks.street:application``."""

from typing import Final

from sandbox.app import make_application
from sandbox.venues_binance import BinanceVenue
from sandbox.venues_htx import HtxVenue
from sandbox.venues_kraken import KrakenVenue

application: Final = make_application((KrakenVenue(), BinanceVenue(), HtxVenue()))
