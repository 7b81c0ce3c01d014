"""What happened in portfolios, and what it came to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from fondaco.instruments.queries.instruments import describe_instrument
from fondaco.instruments.types import Instrument
from fondaco.investing import models
from fondaco.investing.lots import Book, Move, replay
from fondaco.investing.states import ActivityKind, LotMethod
from fondaco.investing.types import Activity
from fondaco.kit.paging import Cursor, Page, page
from fondaco.ledger.types import AccountId
from fondaco.money import Asset, Money, Rounding

Place = tuple[UUID, str]
"""An instrument, and the account outside that holds it (empty: this house)."""


@dataclass(slots=True)
class Story:
    """Hold all that happened in one portfolio, read with one query."""

    rows: Sequence[models.Activity]
    instruments: Mapping[UUID, Instrument]
    books: Mapping[Place, Book]
    moves: Mapping[Place, Sequence[Move]] = field(default_factory=dict)

    @property
    def fees(self) -> int:
        """Give what was taken, in minor units of the portfolio's currency."""
        return sum(int(row.cash_minor) for row in self.rows if row.kind == ActivityKind.FEE)


def read_story(*, customer_id: UUID) -> Story:
    """Give all that happened in a customer's portfolio, and what it came to."""
    rows = list(
        models.Activity.objects.filter(customer_id=customer_id)
        .select_related("instrument", "outside")
        .order_by("at", "id")
    )
    moves: dict[Place, list[Move]] = defaultdict(list)
    instruments: dict[UUID, Instrument] = {}
    for row in rows:
        if row.instrument is not None and row.kind != ActivityKind.FEE:
            one = instruments.setdefault(row.instrument.id, describe_instrument(row.instrument))
            moves[one.id, place_of(row)].append(move_of(row=row, instrument=one))
    books = {place: replay(told) for place, told in moves.items()}
    return Story(rows, instruments, books, moves)


def move_of(*, row: models.Activity, instrument: Instrument) -> Move:
    """Give an activity as the lots see it."""
    local = 0
    if row.price is not None and row.kind in {ActivityKind.BUY, ActivityKind.SELL}:
        up = Rounding.UP if row.kind == ActivityKind.BUY else Rounding.DOWN
        shares = Money(int(row.quantity), instrument.asset)
        local = shares.convert(row.price, instrument.currency, rounding=up).minor
    return Move(
        id=row.id,
        kind=ActivityKind(row.kind),
        at=row.at,
        quantity=int(row.quantity),
        cash=int(row.cash_minor),
        local=local,
        method=LotMethod(row.method) if row.method else LotMethod.FIFO,
        lots=[(UUID(name), int(part)) for name, part in row.lots],
    )


def place_of(row: models.Activity) -> str:
    """Give the name of the account outside that an activity belongs to; empty: this house."""
    return row.outside.name if row.outside else ""


def list_activities(
    *,
    customer_id: UUID,
    kind: ActivityKind | None = None,
    after: Cursor | None = None,
    limit: int,
) -> Page[Activity]:
    """Give a page of what happened, newest first."""
    rows = (
        models.Activity.objects.filter(customer_id=customer_id)
        .select_related("instrument", "outside")
        .order_by("-at", "-id")
    )
    if kind is not None:
        rows = rows.filter(kind=kind)
    if after is not None:
        rows = rows.filter(at__lte=after.at).exclude(at=after.at, id__gte=after.id)
    found = [describe_activity(row) for row in rows[: limit + 1]]
    return page(found, limit=limit, key=lambda one: Cursor(one.at, one.id))


def list_of_order(*, order_id: UUID) -> Sequence[Activity]:
    """Give what an order did, in the order in which it was done."""
    rows = models.Activity.objects.filter(order_id=order_id).select_related("instrument", "outside")
    return [describe_activity(row) for row in rows.order_by("id")]


def describe_activity(row: models.Activity) -> Activity:
    """Show an activity."""
    instrument = row.instrument
    has_shares = instrument is not None and row.kind != ActivityKind.FEE
    return Activity(
        id=row.id,
        kind=ActivityKind(row.kind),
        outside=place_of(row),
        symbol=instrument.symbol if instrument else "",
        shares=Money(int(row.quantity), Asset(instrument.symbol, instrument.scale))
        if instrument is not None and has_shares
        else None,
        price=row.price,
        cash=Money(int(row.cash_minor), Asset.parse(row.currency)),
        at=row.at,
        order_id=row.order_id,
        ratio=f"{row.numerator}:{row.denominator}" if row.numerator else "",
    )


def list_owners() -> Iterator[tuple[AccountId, UUID]]:
    """Go through the accounts of all holdings with the customers whose they are."""
    rows = models.Holding.objects.values_list("account_id", "customer_id")
    for account, customer in rows.iterator(chunk_size=5_000):
        yield AccountId(account), customer


def held_of(books: Mapping[Place, Book], *, ids: Iterable[UUID]) -> Mapping[UUID, int]:
    """Give how much of instruments is held at this house."""
    return {one: books[one, ""].quantity if (one, "") in books else 0 for one in ids}
