"""What each process remembers of the market: definitions, readings, and the prices made of them.

A process looks at most every `LOOK_EVERY_S` per tenant, and only when somebody asks: one query, which says
whether the definitions have another edition and gives the readings that are new. Its own changes it sees as
soon as they commit. A remembered price ends when the oldest source that it was made of does.
"""

import json
import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from time import monotonic
from typing import Any, Final

from django.db import connection, transaction

from fondaco.kit.django import tenancy
from fondaco.market import models
from fondaco.market.pricing import Priced, PriceSide, SourceReading, World, price
from fondaco.market.rows import show_currency, show_pair, show_source, turned
from fondaco.market.types import MarketCurrency, MarketPair, MarketSource

LOOK_EVERY_S: Final = 0.8
"""With the second between two polls, no price that a web process gives is older than two seconds."""

_LOOK: Final = """
    SELECT (SELECT number FROM market_edition WHERE id = 1), reading.source_id, reading.asked_at,
        reading.at, reading.prices::text
    FROM (SELECT 1) AS one LEFT JOIN market_reading AS reading ON reading.at IS NOT NULL
"""

_Told = Sequence[tuple[int, datetime, datetime, str]]
"""Source, when it was asked, the time of its prices, and these as JSON."""


@dataclass(slots=True)
class Counts:
    """Count how the memory is used, for whoever measures it."""

    asked: int = 0
    looked: int = 0
    """Times that the database was asked whether anything is new."""
    loaded: int = 0
    """Times that the definitions were read."""
    made: int = 0
    """Prices that were computed; all others were remembered."""


@dataclass(frozen=True, slots=True)
class Definitions:
    """Hold what operators have set up, of one edition."""

    edition: int
    currencies: Mapping[str, MarketCurrency]
    sources: Mapping[str, MarketSource]
    source_ids: Mapping[int, str]
    pairs: Mapping[str, MarketPair]
    """By the names of both directions."""
    pair_ids: Mapping[str, int]
    """By the name under which a pair is stored."""


@dataclass(slots=True)
class Board:
    """Hold one tenant's market at one moment; what is new makes a new board."""

    definitions: Definitions
    world: World
    asked_at: Mapping[str, datetime] = field(default_factory=dict)
    """When each source was asked for what is here."""
    _prices: dict[tuple[str, PriceSide], Priced] = field(default_factory=dict)

    def price(self, pair: MarketPair, side: PriceSide, *, now: datetime) -> Priced:
        """Give a price, from memory while what it is made of is not too old.

        :raises NoPrice: there is none
        """
        counts.asked += 1
        key = (pair.base_name, side)
        known = self._prices.get(key)
        if known is not None and (known.valid_until is None or now <= known.valid_until):
            return known
        counts.made += 1
        made = price(self.world, pair, side, now=now)
        self._prices[key] = made
        return made

    def renewed(self, told: _Told) -> "Board":
        """Give the board with new readings in place of the old ones; itself where none is new."""
        readings, asked_at = dict(self.world.readings), dict(self.asked_at)
        for source_id, asked, at, prices in told:
            source = self.definitions.sources.get(self.definitions.source_ids.get(source_id, ""))
            if source is None or not source.is_enabled or asked_at.get(source.code) == asked:
                continue
            asked_at[source.code] = asked
            readings[source.code] = read_prices(source, at, json.loads(prices))
        if asked_at == self.asked_at:
            return self
        return Board(self.definitions, World(self.definitions.pairs, readings), asked_at)


@dataclass(slots=True)
class _Seat:
    """Hold the board of one tenant in this process, and when it was last compared."""

    board: Board | None = None
    looked_at: float = -math.inf
    looking: threading.Lock = field(default_factory=threading.Lock)


_seats: Final[dict[str, _Seat]] = {}
counts: Final = Counts()


def board() -> Board:
    """Give the board of the current tenant, at most `LOOK_EVERY_S` old."""
    seat = _seats.setdefault(tenancy.current().schema, _Seat())
    known = seat.board
    if known is not None and monotonic() - seat.looked_at < LOOK_EVERY_S:
        return known
    with seat.looking:
        if seat.board is None or monotonic() - seat.looked_at >= LOOK_EVERY_S:
            begun = monotonic()
            seat.board = _look(seat.board)
            seat.looked_at = begun
        return seat.board


def forget_after_commit() -> None:
    """Have this process read the market anew once the current transaction has committed."""
    schema = tenancy.current().schema
    transaction.on_commit(lambda: forget(schema))


def forget(schema: str) -> None:
    """Have the next who asks read the market of a tenant anew."""
    _seats.pop(schema, None)


def forget_all() -> None:
    """Have the next who asks read anew, in every tenant."""
    _seats.clear()


def load(known: Board | None = None) -> Board:
    """Read the market as the current transaction sees it, past the memory.

    :param known: a board whose definitions are taken where they are of the same edition
    """
    return _look(known)


def read_prices(source: MarketSource, at: datetime, prices: Mapping[str, Any]) -> SourceReading:
    """Give a source's prices as what prices are made of."""
    return SourceReading(
        source=source.code,
        at=at,
        max_age=timedelta(seconds=source.max_age_s),
        prices={symbol: (Decimal(bid), Decimal(ask)) for symbol, (bid, ask) in prices.items()},
    )


def _look(known: Board | None) -> Board:
    """Ask for the edition and the readings; where the edition is another one, read the definitions."""
    counts.looked += 1
    edition, told = _ask()
    if known is None or known.definitions.edition != edition:
        counts.loaded += 1
        # Whatever commits between the two reads raises the edition, and is seen at the next look.
        definitions = _define(edition)
        known = Board(definitions, World(definitions.pairs, {}))
    return known.renewed(told)


def _ask() -> tuple[int, _Told]:
    with connection.cursor() as cursor:
        cursor.execute(_LOOK)
        found = cursor.fetchall()
    return found[0][0] or 0, [row[1:] for row in found if row[1] is not None]


def _define(edition: int) -> Definitions:
    sources = list(models.Source.objects.all())
    rows = list(models.Pair.objects.select_related("base", "quote"))
    pairs: dict[str, MarketPair] = {}
    for row in rows:
        shown = show_pair(row)
        pairs[shown.name] = shown
        pairs[turned(shown).name] = turned(shown)
    return Definitions(
        edition=edition,
        currencies={row.code: show_currency(row) for row in models.Currency.objects.all()},
        sources={row.code: show_source(row) for row in sources},
        source_ids={row.id: row.code for row in sources},
        pairs=pairs,
        pair_ids={row.name: row.id for row in rows},
    )
