"""What the house owes to customers against what it holds, and the gap explained line by line. Pure.

Books balance: over all accounts of an asset, credits less debits are nothing. So what is held at providers,
banks and nodes, less what customers own, is exactly what stands on all other accounts. Each of them is a
line; where a provider states another balance than the books, the difference is a line too. What no line
explains is shown as ``unexplained``: it is never anything but zero while the books are whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from fondaco.ledger.types import AccountKind
from fondaco.money import Asset, Money, Total

HOLDING_PREFIX: Final = "hld"
CUSTOMERS: Final = "wallets"
PLACES: Final = frozenset({"providers", "banks", "nodes"})
"""Where the house holds what it has: beginnings of the codes of its asset accounts."""
WORDS: Final = {
    "suspense": "suspense",
    "payouts": "payouts_in_flight",
    "fees": "fees_earned",
    "expenses": "costs_paid",
    "trading": "trading_positions",
    "rounding": "rounding",
    "equity": "equity",
    "custom": "bare_ledgers",
    "tradefinance": "trade_finance",
}
OTHER: Final = "other"
OVERDRAWN: Final = "overdrawn_wallets"
STATEMENT: Final = "statement_difference"
UNEXPLAINED: Final = "unexplained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Sum what stands on accounts of one kind and asset whose codes begin alike."""

    group: str
    """The first two parts of the codes without the asset, such as ``fees:withdrawals``."""
    kind: AccountKind
    credit: int
    """Minor units on the credit side, of the accounts that have more there."""
    debit: int
    """Minor units on the debit side, of the accounts that have more there."""
    held: int
    """Minor units that open holds may still take out."""

    @property
    def net(self) -> int:
        """Give credits less debits."""
        return self.credit - self.debit

    @property
    def family(self) -> str:
        """Give the first part of the codes."""
        return self.group.partition(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Tell what a provider, bank or node says that it holds for the house."""

    place: str
    """Beginning of the account's code, such as ``providers:kraken``."""
    amount: Money
    at: datetime
    source: str
    book: Money | None
    """What the books said at that instant; none where they cannot tell any more."""

    @property
    def difference(self) -> Money:
        """Give what is there beyond the books; below zero: what is missing."""
        return self.amount - (self.amount if self.book is None else self.book)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Show a statement as somebody recorded it."""

    id: UUID
    place: str
    amount: Money
    at: datetime
    source: str
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Show what is held at one provider, bank or node."""

    place: str
    book: Money
    statement: Statement | None

    @property
    def held(self) -> Money:
        """Give what is there now: the books, mended by the latest statement."""
        return self.book if self.statement is None else self.book + self.statement.difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Explain a part of the gap: more is held than is owed, or less where the amount is below zero."""

    word: str
    account: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Solvency:
    """Set what is owed against what is held, in one asset."""

    liabilities: Money
    """What customers own; overdrawn wallets count as nothing, as in the proof of liabilities."""
    on_hold: Money
    """How much of it open holds may still take out."""
    places: Sequence[Place]
    lines: Sequence[Line]
    """They sum to the gap."""

    @property
    def asset(self) -> Asset:
        """Give the asset."""
        return self.liabilities.asset

    @property
    def holdings(self) -> Money:
        """Give what is held at all places."""
        return sum((place.held for place in self.places), Total.zero(self.asset))

    @property
    def gap(self) -> Money:
        """Give holdings less liabilities; below zero the house cannot pay everybody."""
        return self.holdings - self.liabilities

    @property
    def unexplained(self) -> Money:
        """Give what no account explains."""
        found = (line.amount for line in self.lines if line.word == UNEXPLAINED)
        return sum(found, Total.zero(self.asset))

    @property
    def is_covered(self) -> bool:
        """Tell whether everybody could be paid."""
        return self.gap.minor >= 0


def explain(
    asset: Asset, standings: Iterable[Standing], statements: Iterable[Statement]
) -> Solvency:
    """Sort what stands on the accounts of an asset into debts, holdings and the lines between them."""
    by_place = {one.place: one for one in statements}
    owed = overdrawn = on_hold = 0
    books: dict[str, int] = dict.fromkeys(by_place, 0)
    lines: list[Line] = []
    for one in standings:
        if one.family == CUSTOMERS and one.kind is AccountKind.LIABILITY:
            owed, overdrawn, on_hold = owed + one.credit, overdrawn + one.debit, on_hold + one.held
        elif one.family in PLACES and one.kind is AccountKind.ASSET:
            books[one.group] = books.get(one.group, 0) - one.net
        elif one.net:
            word = WORDS.get(one.family, OTHER)
            lines.append(Line(word=word, account=one.group, amount=Total(one.net, asset)))
    if overdrawn:
        lines.append(Line(word=OVERDRAWN, account=CUSTOMERS, amount=Total(-overdrawn, asset)))
    places = [
        Place(place=place, book=Total(book, asset), statement=by_place.get(place))
        for place, book in sorted(books.items())
    ]
    lines += [
        Line(word=STATEMENT, account=one.place, amount=one.difference)
        for one in by_place.values()
        if one.difference.minor
    ]
    return _closed(Total(owed, asset), Total(on_hold, asset), places, lines)


def _closed(
    owed: Money, on_hold: Money, places: Sequence[Place], lines: Sequence[Line]
) -> Solvency:
    """Add the line of what the others do not explain."""
    draft = Solvency(liabilities=owed, on_hold=on_hold, places=places, lines=lines)
    rest = draft.gap - sum((line.amount for line in lines), Total.zero(owed.asset))
    if not rest.minor:
        return draft
    last = Line(word=UNEXPLAINED, account="", amount=rest)
    return Solvency(liabilities=owed, on_hold=on_hold, places=places, lines=[*lines, last])
