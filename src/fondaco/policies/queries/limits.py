"""What is used of a customer's limits, and what is left."""

from decimal import Decimal
from uuid import UUID

from fondaco.kit import clock
from fondaco.ledger.queries.usage import find_usage
from fondaco.money import Asset, Money
from fondaco.policies import book as books, limits
from fondaco.policies.types import Ask, Facts, Operation, UsdRate, Window


def list_windows(
    *, customer: UUID, operation: Operation, asset: Asset, pair: str = "", subtype: str = ""
) -> list[Window]:
    """Give each window of each limit as it stands now."""
    at = clock.now()
    ask = Ask(
        customer=customer,
        operation=operation,
        amount=Money.zero(asset),
        pair=pair,
        subtype=subtype,
        facts=Facts(usd=UsdRate(Decimal(1), at)),  # nothing is worth nothing at any rate
    )
    book = books.current()
    effective = book.effective(operation=operation, customer=customer, selector=ask.selector, at=at)
    found = limits.claims(ask, effective, at=at, zone=book.zone)
    counted = find_usage(keys=[(one.usage.counter, one.usage.window) for one in found])
    return [claim.show(counted) for claim in found]
