"""What crosses the border of reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
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
