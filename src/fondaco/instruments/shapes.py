"""How instruments and their prices look on the wire, for every domain that shows some."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field

from fondaco.instruments.states import TRADABLE, InstrumentKind
from fondaco.instruments.types import Instrument, Quoted
from fondaco.kit.django.api.schemas import Strict, Text

_HUNDRED: Final = Decimal(100)
_PERCENT_PLACES: Final = Decimal("0.0001")

Symbol = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=32,
        examples=["XNAS.AAPL"],
        description="Whole, or the part after the dot where only one asset ends so.",
    ),
]


def plain(value: Decimal | None) -> str | None:
    """Write a price without needless zeros and without an exponent."""
    if value is None:
        return None
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def direction(value: Decimal | int) -> str:
    """Write the sign apart, as the first system did; nothing counts as ``+``."""
    return "-" if value < 0 else "+"


class AssetOut(Strict):
    """Show an asset."""

    symbol: str = Field(examples=["XNAS.AAPL"])
    long_name: str
    kind: InstrumentKind
    exchange: str
    timezone: str
    currency: str
    step: str = Field(description="The smallest quantity that is traded.")
    tradable: bool = Field(description="False: a figure to compare with.")
    execution: str = Field(
        default="paper", description="No broker stands behind trades: the house fills them itself."
    )

    @classmethod
    def of(cls, one: Instrument) -> "AssetOut":
        """Show an asset."""
        return cls(
            symbol=one.symbol,
            long_name=one.name,
            kind=one.kind,
            exchange=one.exchange,
            timezone=one.time_zone,
            currency=one.currency.code,
            step=plain(Decimal(one.step).scaleb(-one.asset.scale)) or "",
            tradable=one.kind in TRADABLE,
        )


class AssetChangeOut(Strict):
    """Show how a price stands to that of the day before; sizes have no sign, the direction is apart."""

    previous_close: str | None
    current_price: str
    change_for_day: str | None = Field(description="Per cent.")
    change_for_day_sum: str | None
    change_for_day_direction: str = Field(examples=["+"])
    priced_on: date
    stale: bool = Field(description="True: the price is old, and nothing is traded at it.")

    @classmethod
    def of(cls, quoted: Quoted) -> "AssetChangeOut":
        """Show a price."""
        before = quoted.previous
        moved = None if before is None else quoted.close - before
        share = (
            None
            if before is None or moved is None
            else (abs(moved) * _HUNDRED / before).quantize(_PERCENT_PLACES)
        )
        return cls(
            previous_close=plain(before),
            current_price=plain(quoted.close) or "",
            change_for_day=plain(share),
            change_for_day_sum=None if moved is None else plain(abs(moved)),
            change_for_day_direction=direction(moved or 0),
            priced_on=quoted.day,
            stale=quoted.is_stale,
        )
