"""Declare what can be invested in, and take its prices in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from fondaco.audit import actions as audit
from fondaco.instruments import models
from fondaco.instruments.errors import InstrumentDiffers, UnknownInstrument
from fondaco.instruments.events import InstrumentDeclared, PricesImported
from fondaco.instruments.queries.instruments import describe_instrument
from fondaco.instruments.queries.prices import list_bars
from fondaco.instruments.states import TRADABLE
from fondaco.instruments.types import DayPrice, Imported, Instrument, NewInstrument, Source
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.django.locks import lock_name
from fondaco.ledger import actions as ledger

_ROWS: Final = 5_000
_INSERT: Final = """
    INSERT INTO instruments_price
        (instrument_id, day, close, open, high, low, volume, source_id, known_at)
    SELECT instrument_id, day, close, open, high, low, volume, %s, %s
    FROM unnest(%s::uuid[], %s::date[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[],
        %s::bigint[]) AS told (instrument_id, day, close, open, high, low, volume)
"""


def declare_instrument(*, ask: NewInstrument, by: Actor) -> Instrument:
    """Let the house price something, and customers hold it if it is of such a kind; again changes nothing.

    :raises AssetDiffers: the code is taken with another scale
    :raises InstrumentDiffers: the instrument is of another kind or priced in another currency
    """
    with transaction.atomic():
        if ask.kind in TRADABLE:
            ledger.declare_asset(asset=ask.asset, by=by)
        row, is_new = models.Instrument.objects.get_or_create(
            symbol=ask.asset.code,
            defaults={
                "scale": ask.asset.scale,
                "name": ask.name,
                "kind": ask.kind,
                "currency": str(ask.currency),
                "exchange": ask.exchange,
                "time_zone": ask.time_zone,
                "step_minor": ask.asset.unit if ask.whole_only else 1,
                "provider": ask.provider,
                "provider_symbol": ask.provider_symbol,
                "created_at": clock.now(),
            },
        )
        if (row.currency, row.kind, row.scale) != (str(ask.currency), ask.kind, ask.asset.scale):
            raise InstrumentDiffers(field="symbol")
        if is_new:
            audit.record(
                by=by,
                action="instruments.instrument.declare",
                subject=row.symbol,
                detail={"currency": row.currency, "kind": row.kind},
            )
            events.publish(
                InstrumentDeclared(symbol=row.symbol, name=row.name, currency=row.currency), by=by
            )
    return describe_instrument(row)


def import_prices(*, prices: Iterable[DayPrice], source: Source, by: Actor) -> Imported:
    """Write daily prices down, all or none; one that differs from what is known is kept beside it.

    :raises UnknownInstrument: a price is of something that the house does not know
    :raises PricesUnreadable: a line cannot be read
    """
    wanted = {(one.symbol, one.day): one for one in prices}
    with transaction.atomic():
        lock_name("instruments.prices")
        # The instant is read under the lock, so that a later correction is always known later.
        at = clock.now()
        models.PriceSource.objects.update_or_create(
            name=source.name,
            defaults={
                "title": source.title,
                "licence": source.licence,
                "shifted_days": source.shifted_days,
            },
        )
        ids = dict(models.Instrument.objects.values_list("symbol", "id"))
        unknown = sorted({symbol for symbol, _ in wanted} - ids.keys())
        if unknown:
            raise UnknownInstrument(f"{unknown[0][:40]} is not known here.", field="symbol")
        news = _news(wanted, ids, at=at)
        for start in range(0, len(news), _ROWS):
            _insert(news[start : start + _ROWS], ids, source, at)
        if news:
            audit.record(
                by=by,
                action="instruments.prices.import",
                subject=source.name,
                detail={"written": len(news)},
            )
            events.publish(PricesImported(source=source.name, written=len(news)), by=by)
    return Imported(written=len(news), known=len(wanted) - len(news))


def _news(
    wanted: Mapping[tuple[str, date], DayPrice], ids: Mapping[str, UUID], *, at: datetime
) -> Sequence[DayPrice]:
    """Give the prices that are not known so already."""
    if not wanted:
        return []
    days = [day for _, day in wanted]
    bars = list_bars(
        instrument_ids={ids[symbol] for symbol, _ in wanted},
        since=min(days),
        until=max(days),
        at=at,
    )
    known = {
        (one, bar.day): (bar.close, bar.open, bar.high, bar.low, bar.volume)
        for one, listed in bars.items()
        for bar in listed
    }
    return [
        told
        for (symbol, day), told in wanted.items()
        if known.get((ids[symbol], day))
        != (told.close, told.open, told.high, told.low, told.volume)
    ]


def _insert(
    prices: Sequence[DayPrice], ids: Mapping[str, UUID], source: Source, at: datetime
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                source.name,
                at,
                _array(ids[one.symbol] for one in prices),
                _array(one.day for one in prices),
                _array(one.close for one in prices),
                _array(one.open for one in prices),
                _array(one.high for one in prices),
                _array(one.low for one in prices),
                _array(one.volume for one in prices),
            ],
        )


def _array(values: Iterable[UUID | date | Decimal | int | None]) -> str:
    return "{" + ",".join("NULL" if one is None else str(one) for one in values) + "}"
