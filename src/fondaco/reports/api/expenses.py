"""``/statistics/expenses``: what was bought and sold, per day."""

from datetime import date, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.kit import clock
from fondaco.kit.access import require, require_customer
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Currency, MoneyOut, Strict
from fondaco.kit.errors import InvalidField
from fondaco.ledger.queries.history import HistoryDetached
from fondaco.reports.api.fields import CustomerWireId, TimeZone, zone_of
from fondaco.reports.queries import get_expenses
from fondaco.reports.types import DayOfExpenses, Expenses
from fondaco.wallets import refusals
from fondaco.wallets.actions.currencies import default_asset
from fondaco.wallets.queries.assets import get_asset

router = Router(tags=["statistics"])


DAYS_DEFAULT = 30
DAYS_MAX = 400


class ExpensesQuery(Strict):
    """Choose currency, days and time zone."""

    currency: Currency | None = None
    since: date | None = Field(default=None, alias="from", description="Absent: 30 days.")
    until: date | None = Field(default=None, alias="to", description="Absent: today.")
    time_zone: TimeZone = "UTC"

    def zone(self) -> ZoneInfo:
        """Give the time zone.

        :raises InvalidField: there is none of this name
        """
        return zone_of(self.time_zone)

    def period(self, zone: ZoneInfo) -> tuple[date, date]:
        """Give the first and the last day.

        :raises InvalidField: the days stand in the wrong order, or are too many
        """
        last = self.until or clock.now().astimezone(zone).date()
        first = self.since or last - timedelta(days=DAYS_DEFAULT - 1)
        if first > last or (last - first).days >= DAYS_MAX:
            raise InvalidField(f"Choose 1 to {DAYS_MAX} days in their order.", field="from")
        return first, last


class DayOut(Strict):
    """Show what was bought and sold on one day."""

    date: date
    purchases: MoneyOut
    sells: MoneyOut

    @classmethod
    def of(cls, day: DayOfExpenses) -> Self:
        """Show a day."""
        return cls(date=day.on, purchases=MoneyOut.of(day.purchases), sells=MoneyOut.of(day.sells))


class KindSumOut(Strict):
    """Show what went out for one kind of operation."""

    kind: str
    amount: MoneyOut


class CounterpartySumOut(Strict):
    """Show what went out to one customer; null: out of the house."""

    counterparty: CustomerWireId | None
    amount: MoneyOut


class ExpensesOut(Strict):
    """Show expense statistics in one currency."""

    currency: str
    time_zone: str
    days: list[DayOut]
    by_kind: list[KindSumOut]
    by_counterparty: list[CounterpartySumOut]

    @classmethod
    def of(cls, expenses: Expenses) -> Self:
        """Show statistics."""
        return cls(
            currency=expenses.currency.code,
            time_zone=expenses.time_zone,
            days=[DayOut.of(day) for day in expenses.days],
            by_kind=[
                KindSumOut(kind=kind, amount=MoneyOut.of(amount))
                for kind, amount in expenses.by_kind.items()
            ],
            by_counterparty=[
                CounterpartySumOut(counterparty=customer, amount=MoneyOut.of(amount))
                for customer, amount in expenses.by_counterparty.items()
            ],
        )


@router.get("/expenses", errors=(refusals.UnknownCurrency, HistoryDetached))
def show_expenses(request: HttpRequest, chosen: Query[ExpensesQuery]) -> ExpensesOut:
    """Sum purchases and sells per day, and what went out by kind and by counterparty."""
    customer_id = require_customer(require(principal(request), "wallets:read"))
    zone = chosen.zone()
    first, last = chosen.period(zone)
    return ExpensesOut.of(
        get_expenses(
            customer_id=customer_id,
            asset=get_asset(code=chosen.currency) if chosen.currency else default_asset(),
            since_on=first,
            until_on=last,
            time_zone=zone,
        )
    )
