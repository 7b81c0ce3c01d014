"""Publish what venues told: readings, guards, ticks and alerts of one tenant, in one transaction.

No process ever sees a reading without what the guards made of it. Two workers at once publish one after the
other: whoever comes while another is at it leaves it to him, and what was asked earlier never covers what was
asked later.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import DatabaseError, connection, transaction

from fondaco.kit import clock
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import events, tenancy
from fondaco.kit.django.arrays import plain_array, text_array
from fondaco.kit.django.tenancy import context, directory
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.kit.errors import DomainError
from fondaco.market import models
from fondaco.market.actions.announcing import announce
from fondaco.market.actions.pairs import suspend_pair
from fondaco.market.board import Board, board, forget_after_commit, load
from fondaco.market.events import SourceFailed, SourceRecovered
from fondaco.market.feeds import Feed, FeedTold, ask_all
from fondaco.market.formulas import NoPrice
from fondaco.market.needs import needed_symbols
from fondaco.market.pricing import Doubtful, apart_bps, both
from fondaco.market.states import POLLED
from fondaco.market.types import MarketPair, MarketSource

JUMP_WINDOW: Final = timedelta(hours=1)
"""A price is compared with the last one while that is not older."""
BY: Final = Actor(ActorKind.JOB, "market.poll_rates")
"""Who suspends a pair when no person does."""

_TRY: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
_ERRORS: Final = "SELECT source_id, error FROM market_reading"
_READINGS: Final = """
    INSERT INTO market_reading (source_id, prices, at, asked_at, error)
    SELECT source_id, prices::jsonb, at, %s, error
    FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::text[])
        AS told (source_id, prices, at, error)
    ON CONFLICT (source_id) DO UPDATE SET
        prices = CASE WHEN excluded.error = '' THEN excluded.prices ELSE market_reading.prices END,
        at = CASE WHEN excluded.error = '' THEN excluded.at ELSE market_reading.at END,
        asked_at = excluded.asked_at, error = excluded.error
    WHERE market_reading.asked_at < excluded.asked_at
"""
_TICKS: Final = """
    INSERT INTO market_tick (pair_id, at, bid, ask)
    SELECT pair_id, %s, bid, ask
    FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[]) AS tick (pair_id, bid, ask)
"""
_LAST: Final = """
    UPDATE market_pair SET last_bid = tick.bid, last_ask = tick.ask, last_at = %s
    FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[]) AS tick (id, bid, ask)
    WHERE market_pair.id = tick.id
"""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Published:
    """Tell what one publication came to."""

    ticks: int = 0
    suspended: tuple[str, ...] = ()


_Tick = tuple[int, Decimal, Decimal]


def poll_tenants() -> None:
    """Ask every venue that somebody wants once, and publish what they told to each tenant.

    What fails for one tenant does not keep the others from their prices.
    """
    wanted: dict[TenantScope, dict[str, Feed]] = {}
    for tenant in directory.list_scopes():
        with context.enter(tenant):
            wanted[tenant] = list_feeds()
    asked_at = clock.now()
    told = ask_all({feed for feeds in wanted.values() for feed in feeds.values()})
    for tenant, feeds in wanted.items():
        try:
            with context.enter(tenant):
                publish(told={code: told[feed] for code, feed in feeds.items()}, asked_at=asked_at)
        except (DatabaseError, DomainError):
            logger.exception("rates not published", extra={"tenant": tenant.name})


def list_feeds() -> dict[str, Feed]:
    """Give for each source that is asked each second whom to ask, by the source's name."""
    sources = board().definitions.sources.values()
    return {
        one.code: Feed(one.kind.value, one.base_url)
        for one in sources
        if one.is_enabled and one.kind in POLLED
    }


def publish(*, told: Mapping[str, FeedTold], asked_at: datetime) -> Published:
    """Write what sources told, and publish the prices that are made of it; ``told`` is by their names.

    Prices that must not be used suspend their pair, with an event. While another process publishes for this
    tenant, nothing is done.
    """
    before = board()
    if not told and not before.definitions.pair_ids:
        return Published()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TRY, [f"{tenancy.current().schema}:market.publish"])
        if not cursor.fetchone()[0]:
            return Published()
        _write_readings(cursor, before, told, asked_at)
        return _publish_pairs(cursor, load(before))


def _write_readings(
    cursor: Any, known: Board, told: Mapping[str, FeedTold], asked_at: datetime
) -> None:
    if not told:
        return
    ids = {code: id_ for id_, code in known.definitions.source_ids.items()}
    needed = needed_symbols(known.definitions)
    cursor.execute(_ERRORS)
    errors = dict(cursor.fetchall())
    rows = []
    for code, one in told.items():
        source = known.definitions.sources[code]
        prices, at = _kept(one, needed.get(code, frozenset()))
        error = one.error or ("" if prices or not needed.get(code) else "no price that is needed")
        _tell(source, before=errors.get(ids[code], ""), now=error)
        rows.append((ids[code], json.dumps(prices), None if error else at or asked_at, error))
    columns = list(zip(*rows, strict=True))
    cursor.execute(
        _READINGS,
        [
            asked_at,
            plain_array(columns[0]),
            text_array(columns[1]),
            list(columns[2]),
            text_array(columns[3]),
        ],
    )
    forget_after_commit()


def _kept(told: FeedTold, symbols: frozenset[str]) -> tuple[dict[str, list[str]], datetime | None]:
    """Give the prices that somebody needs, and the time of the oldest."""
    found = [told.tickers[symbol] for symbol in sorted(symbols) if symbol in told.tickers]
    prices = {one.symbol: [f"{one.bid:f}", f"{one.ask:f}"] for one in found}
    return prices, min((one.at for one in found), default=None)


def _tell(source: MarketSource, *, before: str, now: str) -> None:
    """Alert once when a source falls silent, and once when it speaks again."""
    if now and not before:
        events.publish(SourceFailed(code=source.code, reason=now), by=BY)
    if before and not now:
        events.publish(SourceRecovered(code=source.code), by=BY)


def _publish_pairs(cursor: Any, known: Board) -> Published:
    now = clock.now()
    last = {
        name: (bid, ask, at)
        for name, bid, ask, at in models.Pair.objects.values_list(
            "name", "last_bid", "last_ask", "last_at"
        )
    }
    ticks: list[_Tick] = []
    stopped: dict[str, str] = {}
    for name, pair_id in known.definitions.pair_ids.items():
        pair = known.definitions.pairs[name]
        if not pair.is_enabled or pair.is_suspended:
            continue
        try:
            bid, ask = _guarded(known, pair, last[name], now)
        except Doubtful as error:
            stopped[name] = str(error)
        except NoPrice:
            continue  # too old or not there: it comes back by itself
        else:
            if (bid, ask) != last[name][:2]:
                ticks.append((pair_id, bid, ask))
    _write_ticks(cursor, ticks, now)
    names = {pair_id: name for name, pair_id in known.definitions.pair_ids.items()}
    announce(cursor, [(names[pair_id], bid, ask) for pair_id, bid, ask in ticks], at=now)
    for name, reason in stopped.items():
        suspend_pair(name=name, reason=reason, by=BY)
    return Published(len(ticks), tuple(stopped))


def _guarded(
    known: Board, pair: MarketPair, last: Sequence[Any], now: datetime
) -> tuple[Decimal, Decimal]:
    """Give a pair's two prices.

    :raises NoPrice: there are none
    :raises Doubtful: they must not be used before somebody has looked
    """
    bid, ask = both(known.world, pair, now=now)
    last_bid, last_ask, last_at = last
    if last_at is None or now - last_at > JUMP_WINDOW:
        return bid.value, ask.value
    moved = apart_bps((last_bid + last_ask) / 2, (bid.value + ask.value) / 2)
    if moved > pair.terms.guards.jump_bps_max:
        raise Doubtful(f"the price jumped by {moved:.0f} basis points")
    return bid.value, ask.value


def _write_ticks(cursor: Any, ticks: Sequence[_Tick], now: datetime) -> None:
    if not ticks:
        return
    columns = [plain_array(list(column)) for column in zip(*ticks, strict=True)]
    cursor.execute(_TICKS, [now, *columns])
    cursor.execute(_LAST, [now, *columns])
