"""What is held and what was earned, worked out from what happened; integers alone, and nothing is stored.

A sale takes shares from earlier purchases, and with them their cost. Costs are split so that no minor unit is
lost: what is taken from a lot and what is left of it sum to what it was.

ValueError
└── BadHistory    more is sold than is held, or the lots that are named do not add up
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from fondaco.investing.states import ActivityKind, LotMethod
from fondaco.money.rounding import Rounding, divide


class BadHistory(ValueError):
    """Say that what happened cannot have happened: more is sold than is held, or lots do not add up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Hold one thing that happened to one instrument in one place."""

    id: UUID
    kind: ActivityKind
    at: datetime
    quantity: int = 0
    """Minor units bought or sold; of a split what is held after it."""
    cash: int = 0
    """Minor units of money: paid, or received, without fees."""
    local: int = 0
    """The same in the instrument's own currency."""
    method: LotMethod = LotMethod.FIFO
    lots: Sequence[tuple[UUID, int]] = ()


@dataclass(slots=True, kw_only=True)
class Lot:
    """Hold what is left of one purchase."""

    id: UUID
    at: datetime
    quantity: int
    cost: int
    local: int
    """The cost in the instrument's own currency."""

    def take(self, quantity: int) -> tuple[int, int]:
        """Take shares out, and give what they had cost in both currencies."""
        cost = divide(self.cost * quantity, self.quantity, rounding=Rounding.DOWN)
        local = divide(self.local * quantity, self.quantity, rounding=Rounding.DOWN)
        self.quantity -= quantity
        self.cost -= cost
        self.local -= local
        return cost, local


@dataclass(slots=True)
class Book:
    """Hold what all moves of one instrument in one place came to."""

    lots: list[Lot] = field(default_factory=list)
    bought: int = 0
    """Paid for purchases."""
    sold: int = 0
    """Received for sales."""
    income: int = 0
    """Received as dividends."""
    cost_of_sales: int = 0
    """What the sold shares had cost."""

    @property
    def quantity(self) -> int:
        """Give how much is held."""
        return sum(lot.quantity for lot in self.lots)

    @property
    def cost(self) -> int:
        """Give what the shares that are held were bought for."""
        return sum(lot.cost for lot in self.lots)

    @property
    def local(self) -> int:
        """Give the same in the instrument's own currency."""
        return sum(lot.local for lot in self.lots)

    @property
    def realised(self) -> int:
        """Give what sales brought above the cost of what was sold."""
        return self.sold - self.cost_of_sales


def replay(moves: Iterable[Move]) -> Book:
    """Go through moves in their order, and give what they came to.

    :raises BadHistory: more is sold than is held, or the lots that a sale names do not add up to it
    """
    book = Book()
    for move in moves:
        if move.kind is ActivityKind.BUY:
            book.bought += move.cash
            book.lots.append(
                Lot(
                    id=move.id, at=move.at, quantity=move.quantity, cost=move.cash, local=move.local
                )
            )
        elif move.kind is ActivityKind.SELL:
            _sell(book, move)
        elif move.kind is ActivityKind.DIVIDEND:
            book.income += move.cash
        elif move.kind is ActivityKind.SPLIT:
            _split(book, move.quantity)
    return book


def after_split(held: int, numerator: int, denominator: int) -> int:
    """Give how many shares, in minor units, a split makes of those that are held; rounded down."""
    return divide(held * numerator, denominator, rounding=Rounding.DOWN)


def _sell(book: Book, move: Move) -> None:
    if move.quantity > book.quantity:
        raise BadHistory("more is sold than is held")
    book.sold += move.cash
    if move.method is LotMethod.SPECIFIC:
        book.cost_of_sales += _take_named(book, move)
    elif move.method is LotMethod.AVERAGE:
        book.cost_of_sales += _take_average(book, move.quantity)
    else:
        book.cost_of_sales += _take_oldest(book, move.quantity)
    book.lots = [lot for lot in book.lots if lot.quantity]


def _take_oldest(book: Book, quantity: int) -> int:
    cost = 0
    for lot in book.lots:
        part = min(lot.quantity, quantity)
        cost += lot.take(part)[0]
        quantity -= part
    return cost


def _take_named(book: Book, move: Move) -> int:
    held = {lot.id: lot for lot in book.lots}
    named = dict(move.lots)
    if sum(named.values()) != move.quantity or len(named) != len(move.lots):
        raise BadHistory("the lots do not add up to what is sold")
    cost = 0
    for name, part in named.items():
        if name not in held or not 0 < part <= held[name].quantity:
            raise BadHistory("a lot is not held, or holds less")
        cost += held[name].take(part)[0]
    return cost


def _take_average(book: Book, quantity: int) -> int:
    """Take shares from the oldest lots, and of the whole cost the part that they are of all shares."""
    whole = Lot(
        id=book.lots[0].id,
        at=book.lots[0].at,
        quantity=book.quantity,
        cost=book.cost,
        local=book.local,
    )
    cost, _ = whole.take(quantity)
    for lot in book.lots:
        part = min(lot.quantity, quantity)
        lot.quantity -= part
        quantity -= part
    kept = [lot for lot in book.lots if lot.quantity]
    for (
        lot
    ) in kept:  # each gets the average; the last one takes what is left, so that no unit is lost
        part = lot.quantity
        lot.cost, lot.local = whole.take(part)
    return cost


def _split(book: Book, held: int) -> None:
    """Spread what is held after a split over the lots as it was before; their costs stay."""
    before, given, seen = book.quantity, 0, 0
    for lot in book.lots:
        seen += lot.quantity
        until = divide(held * seen, before, rounding=Rounding.DOWN)
        lot.quantity, given = until - given, until
    # A lot that merging left without a share leaves its cost to the one after it, or to the last one.
    kept = [lot for lot in book.lots if lot.quantity]
    for lot in book.lots:
        if not lot.quantity and kept:
            heir = next((one for one in kept if one.at >= lot.at), kept[-1])
            heir.cost += lot.cost
            heir.local += lot.local
    if not kept:
        book.cost_of_sales += book.cost
    book.lots = kept
