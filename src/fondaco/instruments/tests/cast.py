"""Instruments of these tests; every test makes its own."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from fondaco.instruments.actions.instruments import declare_instrument, import_prices
from fondaco.instruments.states import InstrumentKind
from fondaco.instruments.types import DayPrice, NewInstrument, Source
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.money import Asset

USD = Asset("USD", 2)
EUR = Asset("EUR", 2)

TESTS = Source(name="tests", title="Made up for tests")


def new_share(
    *closes: str,
    currency: Asset = USD,
    kind: InstrumentKind = InstrumentKind.SHARE,
    whole_only: bool = False,
) -> str:
    """Declare a share with the closing prices of as many days, the last one today's; give its symbol."""
    asset = Asset(f"XTST.T{uuid4().hex[:10].upper()}", 6)
    declare_instrument(
        ask=NewInstrument(
            asset=asset,
            name="Test",
            kind=kind,
            currency=currency,
            time_zone="UTC",
            whole_only=whole_only,
        ),
        by=SYSTEM,
    )
    tell(asset.code, *closes)
    return asset.code


def tell(symbol: str, *closes: str, days_ago: int = 0) -> None:
    """Import closing prices of a share, the last one of today or of some days ago."""
    last = clock.now().date() - timedelta(days=days_ago)
    days = [last - timedelta(days=back) for back in reversed(range(len(closes)))]
    prices = [
        DayPrice(symbol=symbol, day=day, close=Decimal(close))
        for day, close in zip(days, closes, strict=True)
    ]
    import_prices(prices=prices, source=TESTS, by=SYSTEM)


def tell_rate(code: str, rate: str, *, days: int = 1) -> None:
    """Say what a euro costs in a currency, today and on so many days before."""
    symbol = f"ECB.{code}"
    declare_instrument(
        ask=NewInstrument(
            asset=Asset(symbol, 6),
            name=f"One euro in {code}",
            kind=InstrumentKind.CURRENCY,
            currency=Asset(code, 2),
        ),
        by=SYSTEM,
    )
    tell(symbol, *[rate] * days)
