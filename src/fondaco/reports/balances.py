"""What a customer held at the end of each day."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from fondaco.journal.queries.sums import sum_by_day
from fondaco.ledger import queries as ledger
from fondaco.money import Asset, Money
from fondaco.wallets.queries.accounts import list_customer_accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfBalance:
    """Tell what was there when a day ended; today, what is there now."""

    on: date
    held: Money


def list_daily_balances(
    *, customer_id: UUID, asset: Asset, since_on: date, until_on: date, time_zone: ZoneInfo
) -> Sequence[DayOfBalance]:
    """Give what all wallets of a customer held of one currency at the end of each day, both included.

    :param until_on: today; what is there now is the end of it, and all that moved since is taken off
    :raises HistoryDetached: moves of the time are in the archive
    """
    numbers = [
        number
        for number, place in list_customer_accounts(customer_id=customer_id).items()
        if place.currency == asset.code
    ]
    now = sum(one.posted.minor for one in ledger.get_accounts(numbers).values())
    moved: dict[date, int] = defaultdict(int)
    if numbers:
        for one in sum_by_day(
            account_ids=numbers,
            since=datetime.combine(since_on, time(), time_zone),
            until=datetime.combine(until_on + timedelta(days=1), time(), time_zone),
            time_zone=time_zone.key,
        ):
            moved[one.on] += -one.amount if one.is_debit else one.amount
    found = []
    on = until_on
    while on >= since_on:
        found.append(DayOfBalance(on=on, held=Money(now, asset)))
        now -= moved[on]
        on -= timedelta(days=1)
    return found[::-1]
