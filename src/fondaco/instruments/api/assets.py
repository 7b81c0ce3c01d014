"""``/assets``: what can be invested in, and how its price went."""

from datetime import date, datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.instruments import errors
from fondaco.instruments.queries.instruments import get_instrument, list_instruments
from fondaco.instruments.queries.prices import HISTORY_DAYS, get_statistics
from fondaco.instruments.shapes import AssetChangeOut, AssetOut, Symbol, plain
from fondaco.instruments.states import InstrumentKind
from fondaco.instruments.types import Bar, Quoted, Statistics
from fondaco.kit import clock
from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.lists import Listing, LongPaging, paged_by_text
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict

SEE = "wallets:read"

router = Router(tags=["assets"])


class AssetsIn(LongPaging):
    """Choose a kind and a page."""

    kind: InstrumentKind | None = None


class AssetSourceOut(Strict):
    """Say where a price comes from."""

    name: str
    title: str
    licence: str
    shifted_days: int = Field(
        description="By how many days dates are moved towards today; 0: they are the real ones."
    )
    known_at: datetime = Field(description="When it came in.")

    @classmethod
    def of(cls, quoted: Quoted) -> "AssetSourceOut":
        """Show a source."""
        return cls(
            name=quoted.source.name,
            title=quoted.source.title,
            licence=quoted.source.licence,
            shifted_days=quoted.source.shifted_days,
            known_at=quoted.known_at,
        )


class AssetBarOut(Strict):
    """Show the prices of one day; what nobody told is null."""

    day: date
    open: str | None
    high: str | None
    low: str | None
    close: str
    volume: int | None

    @classmethod
    def of(cls, bar: Bar) -> "AssetBarOut":
        """Show a day."""
        return cls(
            day=bar.day,
            open=plain(bar.open),
            high=plain(bar.high),
            low=plain(bar.low),
            close=plain(bar.close) or "",
            volume=bar.volume,
        )


class AssetStatsOut(Strict):
    """Show how an asset's price went."""

    asset: AssetOut
    price: AssetChangeOut
    volume: int | None
    day_range_low: str
    day_range_high: str
    year_range_low: str
    year_range_high: str
    source: AssetSourceOut
    history: list[AssetBarOut]

    @classmethod
    def of(cls, told: Statistics) -> "AssetStatsOut":
        """Show statistics."""
        return cls(
            asset=AssetOut.of(told.instrument),
            price=AssetChangeOut.of(told.quoted),
            volume=told.volume,
            day_range_low=plain(told.day_low) or "",
            day_range_high=plain(told.day_high) or "",
            year_range_low=plain(told.year_low) or "",
            year_range_high=plain(told.year_high) or "",
            source=AssetSourceOut.of(told.quoted),
            history=[AssetBarOut.of(bar) for bar in told.history],
        )


@router.get("")
def list_assets(request: HttpRequest, paging: Query[AssetsIn]) -> Listing[AssetOut]:
    """List what is priced here, by symbol."""
    require(principal(request), SEE)
    return paged_by_text(
        paging,
        lambda after, limit: list_instruments(kind=paging.kind, after=after, limit=limit),
        AssetOut.of,
    )


@router.get("/{symbol}")
def show_asset(request: HttpRequest, symbol: Symbol) -> AssetOut:
    """Show an asset."""
    require(principal(request), SEE)
    return AssetOut.of(get_instrument(symbol=symbol))


class AssetDaysIn(Strict):
    """Choose how far back the history goes."""

    days: Annotated[int, Field(ge=1, le=3_660)] = HISTORY_DAYS


@router.get("/{symbol}/stats", errors=(errors.PriceMissing,))
def show_asset_stats(
    request: HttpRequest, symbol: Symbol, chosen: Query[AssetDaysIn]
) -> AssetStatsOut:
    """Show an asset's price, its change since the day before, ranges and history."""
    require(principal(request), SEE)
    return AssetStatsOut.of(get_statistics(symbol=symbol, days=chosen.days, at=clock.now()))
