"""Expense statistics: what was bought and sold per day, by meaning, in the user's time zone."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fondaco.journal.queries.sums import DaySum, sum_by_counterparty, sum_by_day
from fondaco.ledger.types import AccountId
from fondaco.money import Asset, Money
from fondaco.reports.meanings import Meaning, find_reading
from fondaco.reports.types import DayOfExpenses, Expenses
from fondaco.wallets.queries.accounts import list_customer_accounts, list_owners

_COUNTERPARTIES_MAX: Final = 100


def get_expenses(
    *, customer_id: UUID, asset: Asset, since_on: date, until_on: date, time_zone: ZoneInfo
) -> Expenses:
    """Give statistics over all wallets of a customer in one currency, both days included.

    Days without a purchase or sell are left out. Top-ups, cash-outs and internal movements mean neither; they
    count in the sums by kind and by counterparty (the 100 greatest), which tell what went out.
    """
    accounts = [
        number
        for number, place in list_customer_accounts(customer_id=customer_id).items()
        if place.currency == asset.code
    ]
    since = _midnight(since_on, time_zone)
    until = _midnight(until_on + timedelta(days=1), time_zone)
    sums = sum_by_day(account_ids=accounts, since=since, until=until, time_zone=time_zone.key)
    return Expenses(
        currency=asset,
        time_zone=time_zone.key,
        days=list(_days(sums, asset)),
        by_kind=_by_kind(sums, asset),
        by_counterparty=_by_counterparty(accounts, since, until, asset),
    )


def _midnight(on: date, time_zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(), time_zone)


def _days(sums: Iterable[DaySum], asset: Asset) -> Iterable[DayOfExpenses]:
    by_day: dict[date, dict[Meaning, int]] = defaultdict(lambda: dict.fromkeys(Meaning, 0))
    for one in sums:
        reading = find_reading(one.kind, is_debit=one.is_debit)
        if reading is not None:
            by_day[one.on][reading.meaning] += -one.amount if reading.takes_back else one.amount
    for on, meant in sorted(by_day.items()):
        yield DayOfExpenses(
            on=on,
            purchases=Money(meant[Meaning.PURCHASE], asset),
            sells=Money(meant[Meaning.SELL], asset),
        )


def _by_kind(sums: Iterable[DaySum], asset: Asset) -> dict[str, Money]:
    kinds: dict[str, int] = defaultdict(int)
    for one in sums:
        if one.is_debit:
            kinds[one.kind] += one.amount
    return {kind: Money(amount, asset) for kind, amount in sorted(kinds.items())}


def _by_counterparty(
    accounts: Sequence[AccountId], since: datetime, until: datetime, asset: Asset
) -> dict[UUID | None, Money]:
    found = sum_by_counterparty(
        account_ids=accounts, since=since, until=until, limit=_COUNTERPARTIES_MAX
    )
    owners = list_owners(account_ids=[one.account_id for one in found])
    customers: dict[UUID | None, Money] = {}
    for one in found:
        owner = owners.get(one.account_id)
        customer = owner.customer_id if owner else None
        customers[customer] = customers.get(customer, Money.zero(asset)) + Money(one.amount, asset)
    return customers
