"""What crosses the border of reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fondaco.money import Asset, Money


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfExpenses:
    """Sum what was bought and sold on one day in one currency."""

    on: date
    purchases: Money
    sells: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Expenses:
    """Give expense statistics of one currency over a period."""

    currency: Asset
    time_zone: str
    days: Sequence[DayOfExpenses]
    by_kind: Mapping[str, Money]
    """What went out, by kind of transfer."""
    by_counterparty: Mapping[UUID | None, Money]
    """What went out, by the customer who got it; none: out of the house."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """Hold one move: what it was, what it did, and the balance after it."""

    at: datetime
    text: str
    small: str
    out: Money | None
    into: Money | None
    balance: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPaper:
    """Hold what a statement says."""

    house: str
    address: Sequence[str]
    holder: Sequence[str]
    """Name and address, or whatever names the holder; the first line is set larger."""
    account_label: str
    account: str
    since: datetime | None
    until: datetime
    zone: str
    """The name of the time zone that all instants are in."""
    issued_at: datetime
    is_settled: bool
    opening: Money
    closing: Money
    paid_in: Money
    paid_out: Money
    heads: tuple[str, str]
    """Of the columns for what went out and what came in."""
    lines: Sequence[PaperLine]
