"""A dry run: what a change of rules would have done to the operations of the last days.

Higher layers register what was done (``register``), since policies fetch nothing from them. Both editions
of the rules, the present one and the changed one, go through the same operations in their order, each with
counters of its own. Amounts are valued by the rates of today, and customers have the levels of today.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from fondaco.kit import clock
from fondaco.kit.errors import DomainError
from fondaco.money import Money
from fondaco.policies import book as books, limits
from fondaco.policies.book import Book
from fondaco.policies.errors import LimitExceeded, UsdRateStale
from fondaco.policies.types import Ask, Operation, Rule

OPERATIONS_MAX: Final = 20_000
"""Of the latest; a dry run is a question, not a job for the night."""


@dataclass(frozen=True, slots=True)
class Past:
    """Tell what somebody did."""

    ask: Ask
    at: datetime


Source = Callable[[Operation, datetime], Iterable[Past]]
"""Gives what was done of an operation since an instant, newest first."""

_sources: Final[dict[str, Source]] = {}


def register(name: str, source: Source) -> None:
    """Have dry runs look at what a domain knows; a name is registered once, again replaces it."""
    _sources[name] = source


@dataclass(slots=True)
class DryRun:
    """Tell what a change would have done."""

    operations: int = 0
    refused_before: int = 0
    """What the rules of today refuse of it."""
    refused_after: int = 0
    newly_refused: int = 0
    newly_allowed: int = 0
    priced_otherwise: int = 0
    unknown: int = 0
    """What cannot be told, for want of a rate."""
    is_cut: bool = False
    """There were more operations than are looked at."""
    fees_before: dict[str, Money] = field(default_factory=dict)
    fees_after: dict[str, Money] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    """The codes and limits for which more would have been refused."""


@dataclass(slots=True)
class _Counted:
    """Count as the ledger would have."""

    used: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)

    def take(self, found: tuple[limits.Claim, ...]) -> None:
        if not all(claim.passes(self.used) for claim in found):
            raise limits.refusal(found, self.used)
        for claim in found:
            key = (claim.usage.counter, claim.usage.window)
            amount, times = self.used.get(key, (0, 0))
            self.used[key] = (amount + claim.usage.amount, times + 1)


def dry_run(*, changed: Rule, removed: bool, days: int) -> DryRun:
    """Go through the operations of the last days with the rules of today and with one changed or removed.

    The changed rule counts as if it held already, whenever it is to begin.
    """
    now = clock.now()
    before = books.current()
    after = _changed(before, changed, removed=removed)
    past, is_cut = _past(changed.operation, now - timedelta(days=days))
    told = DryRun(operations=len(past), is_cut=is_cut)
    counted = (_Counted(), _Counted())
    for one in past:
        try:
            was, fee_was = _outcome(one, before, counted[0], now)
            is_now, fee_is = _outcome(one, after, counted[1], now)
        except UsdRateStale:
            told.unknown += 1
            continue
        _note(told, was, is_now, fee_was, fee_is)
    return told


def _past(operation: Operation, since: datetime) -> tuple[list[Past], bool]:
    found: Iterator[Past] = (
        one for source in _sources.values() for one in source(operation, since)
    )
    newest = list(islice(found, OPERATIONS_MAX + 1))
    kept = newest[:OPERATIONS_MAX]
    return sorted(kept, key=lambda one: one.at), len(newest) > OPERATIONS_MAX


def _changed(book: Book, changed: Rule, *, removed: bool) -> Book:
    others = [rule for rule in book.rules.get(changed.operation, ()) if rule.id != changed.id]
    rules: Mapping[Operation, tuple[Rule, ...]] = {
        **book.rules,
        changed.operation: tuple(others if removed else [*others, _at_once(changed)]),
    }
    return Book(number=book.number, rules=rules, stops={}, settings=book.settings, fraud={})


def _at_once(rule: Rule) -> Rule:
    return Rule(
        id=rule.id,
        operation=rule.operation,
        selector=rule.selector,
        level=rule.level,
        group_id=rule.group_id,
        customer_id=rule.customer_id,
        priority=rule.priority,
        starts_at=None,
        ends_at=None,
        values=rule.values,
    )


def _outcome(
    one: Past, book: Book, counted: _Counted, now: datetime
) -> tuple[DomainError | None, Money]:
    """Give the refusal, if any, and the fee.

    :raises UsdRateStale: it cannot be told
    """
    ask = one.ask
    effective = book.effective(
        operation=ask.operation, customer=ask.customer, selector=ask.selector, at=now
    )
    nothing = Money.zero(ask.amount.asset)
    if not effective.enabled:
        return LimitExceeded(facts={"limit": "enabled"}), nothing
    try:
        limits.check_size(ask, effective, at=now)
        found = limits.claims(ask, effective, at=now, window_at=one.at, zone=book.zone)
        counted.take(found)
    except UsdRateStale:
        raise
    except DomainError as refusal:
        return refusal, nothing
    return None, effective.fee.of(ask.amount)


def _note(
    told: DryRun, was: DomainError | None, is_now: DomainError | None, fee_was: Money, fee_is: Money
) -> None:
    told.refused_before += was is not None
    told.refused_after += is_now is not None
    if was is None and is_now is not None:
        told.newly_refused += 1
        told.reasons[str(is_now.facts.get("limit"))] += 1
    told.newly_allowed += was is not None and is_now is None
    told.priced_otherwise += was is None and is_now is None and fee_was != fee_is
    code = fee_was.asset.code
    for sums, fee in ((told.fees_before, fee_was), (told.fees_after, fee_is)):
        sums[code] = sums.get(code, Money.zero(fee.asset)) + fee
