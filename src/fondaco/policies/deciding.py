"""Decide about an operation from memory: stops, then switch, then size, then what is to be counted.

Pure but for the book's look at the edition: nothing is locked, counted or written here.
"""

from datetime import datetime
from typing import NamedTuple

from fondaco.kit import clock
from fondaco.money import Money
from fondaco.policies import limits
from fondaco.policies.book import Book
from fondaco.policies.errors import OperationDisabled, Stopped
from fondaco.policies.types import NOTHING_SAID, Ask, Effective


class Weighed(NamedTuple):
    """Give what applies and what is to be counted."""

    effective: Effective
    fee: Money
    claims: tuple[limits.Claim, ...]
    at: datetime


def weigh(ask: Ask, *, book: Book) -> Weighed:
    """Give what applies to an operation that nothing forbids.

    :raises Stopped: a stop is in the way
    :raises OperationDisabled: a rule switches it off
    :raises LimitExceeded: it is too small or too large
    :raises UsdRateStale: a limit is in dollars, and nobody knows the rate
    """
    check_stops(ask, book=book)
    at = clock.now()
    effective = book.effective(
        operation=ask.operation, customer=ask.customer, selector=ask.selector, at=at
    )
    if effective is NOTHING_SAID:
        return Weighed(effective, Money.zero(ask.amount.asset), (), at)
    if not effective.enabled:
        raise OperationDisabled(effective.reason, facts={"operation": ask.operation.value})
    limits.check_size(ask, effective, at=at)
    claims = limits.claims(ask, effective, at=at, zone=book.zone)
    return Weighed(effective, effective.fee.of(ask.amount), claims, at)


def check_stops(ask: Ask, *, book: Book) -> None:
    """Pass silently when nothing that the operation needs is stopped.

    :raises Stopped: a stop is in the way
    """
    stop = book.find_stop(ask)
    if stop is not None:
        raise Stopped(facts={"stopped": stop.scope.value, "reason": stop.reason})
