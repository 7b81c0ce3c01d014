"""All rows of a tenant in the memory of a process: what applies is looked up here, without a query.

Each change counts the tenant's edition up in its own transaction. A process looks at that number at most
every ``LOOK_EVERY_S`` and only when somebody asks, and loads the rows anew when it has changed: so a change,
and a stop above all, is known everywhere within a second. Where the look fails, nothing is allowed on old
news: the error goes to the caller.
"""

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from fondaco.identity import queries as identity
from fondaco.kit.django import tenancy
from fondaco.kit.errors import NotFound
from fondaco.kit.options import options
from fondaco.policies import models, resolution, rows
from fondaco.policies.fraud import ROUND_TRIP
from fondaco.policies.settings import DECLARED, TIME_ZONE
from fondaco.policies.types import (
    NO_STANDING,
    NOTHING_SAID,
    Ask,
    Effective,
    FraudRule,
    Operation,
    Rule,
    Selector,
    Standing,
    Stop,
    StopScope,
)

LOOK_EVERY_S: Final = 0.4
STALE_S: Final = 0.9
"""Older news than this is waited for; with the time to load it is less than the promised second."""
CACHED_MAX: Final = 50_000
"""Answers that are kept; beyond it all are forgotten."""

_EVER: Final = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))

StopKey = tuple[StopScope, str]
Key = tuple[Operation, UUID | None, Standing, Selector]


@dataclass(slots=True)
class Book:
    """Hold one edition of a tenant's rows and the answers that were found in it."""

    number: int
    rules: Mapping[Operation, tuple[Rule, ...]]
    stops: Mapping[StopKey, Stop]
    settings: Mapping[tuple[str, UUID | None], Any]
    fraud: Mapping[Operation, tuple[FraudRule, ...]]
    zone: ZoneInfo = field(init=False)
    traces_all: bool = field(init=False)
    """Whether some rule compares operations of all kinds."""
    busy: frozenset[Operation] = field(init=False)
    """The operations about which any row says anything; all of them while anything is stopped."""
    _owners: Mapping[Operation, frozenset[UUID | None]] = field(init=False)
    """The customers who have rules of their own."""
    _ranked: frozenset[Operation] = field(init=False)
    """The operations for which levels or groups count."""
    _answers: dict[Key, Effective] = field(default_factory=dict)
    _holds: tuple[datetime, datetime] | None = None
    """Between which instants no row begins or ends, so that the answers hold."""
    _standings: dict[UUID, tuple[float, Standing]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find what is asked most often."""
        self.zone = ZoneInfo(self.setting(TIME_ZONE))
        self._owners = {
            operation: frozenset(rule.customer_id for rule in rules)
            for operation, rules in self.rules.items()
        }
        self._ranked = frozenset(
            operation
            for operation, rules in self.rules.items()
            if any(rule.level or rule.group_id for rule in rules)
        )
        said = {one for one in Operation if self.rules.get(one) or self.fraud.get(one)}
        kinds = {rule.kind for rules in self.fraud.values() for rule in rules}
        self.traces_all = ROUND_TRIP in kinds
        speaks_of_all = self.traces_all or bool(self.stops)
        self.busy = frozenset(Operation) if speaks_of_all else frozenset(said)

    def setting(self, name: str, customer: UUID | None = None) -> Any:
        """Give a setting: the customer's, else the house's, else the environment's."""
        if customer is not None and (name, customer) in self.settings:
            return self.settings[name, customer]
        if (name, None) in self.settings:
            return self.settings[name, None]
        return DECLARED[name].default(options())

    def find_setting(self, name: str, customer: UUID | None = None) -> Any:
        """Give what a row says, the customer's before the house's; none where no row does."""
        if customer is not None and (name, customer) in self.settings:
            return self.settings[name, customer]
        return self.settings.get((name, None))

    def find_stop(self, ask: Ask) -> Stop | None:
        """Give a stop that is in the way of what somebody wants to do."""
        if not self.stops:
            return None
        wires = (rows.customer_wire(one) for one in (ask.customer, ask.counterparty) if one)
        for key in (
            (StopScope.ALL, ""),
            (StopScope.OPERATION, ask.operation.value),
            (StopScope.CURRENCY, ask.amount.asset.code),
            *((StopScope.CURRENCY, code) for code in (*ask.pair.split("_"), *ask.codes) if code),
            (StopScope.PROVIDER, ask.provider),
            *((StopScope.CUSTOMER, wire) for wire in wires),
        ):
            if key in self.stops:
                return self.stops[key]
        return None

    def effective(
        self, *, operation: Operation, customer: UUID | None, selector: Selector, at: datetime
    ) -> Effective:
        """Give what applies to a customer's operation at an instant."""
        rules = self.rules.get(operation)
        if not rules:
            return NOTHING_SAID
        if self._holds is None or not self._holds[0] <= at < self._holds[1]:
            self._turn_to(at)
        own = customer if customer in self._owners[operation] else None
        standing = self.standing(operation, customer)
        key = (operation, own, standing, selector)
        found = self._answers.get(key)
        if found is None:
            found = resolution.effective(
                self.applicable(operation=operation, customer=customer, selector=selector, at=at)
            )
            if len(self._answers) >= CACHED_MAX:
                self._answers.clear()
            self._answers[key] = found
        return found

    def applicable(
        self, *, operation: Operation, customer: UUID | None, selector: Selector, at: datetime
    ) -> list[Rule]:
        """Give the rules that apply, the strongest first."""
        return resolution.applicable(
            self.rules.get(operation, ()),
            customer=customer,
            standing=self.standing(operation, customer),
            selector=selector,
            at=at,
        )

    def standing(self, operation: Operation, customer: UUID | None) -> Standing:
        """Give a customer's level and group, read at most every ``STALE_S``; only where a rule asks."""
        if customer is None or operation not in self._ranked:
            return NO_STANDING
        known = self._standings.get(customer)
        now = monotonic()
        if known is not None and now - known[0] < STALE_S:
            return known[1]
        standing = _standing_of(customer)
        if len(self._standings) >= CACHED_MAX:
            self._standings.clear()
        self._standings[customer] = (now, standing)
        return standing

    def _turn_to(self, at: datetime) -> None:
        """Forget the answers, and find out how long the next ones hold."""
        edges = {
            edge
            for rules in self.rules.values()
            for rule in rules
            for edge in (rule.starts_at, rule.ends_at)
            if edge is not None
        }
        before = max((edge for edge in edges if edge <= at), default=_EVER[0])
        after = min((edge for edge in edges if edge > at), default=_EVER[1])
        self._answers, self._holds = {}, (before, after)


@dataclass(slots=True)
class _Shelf:
    """Hold the book of one tenant, and when it was last found to be the present one."""

    book: Book | None = None
    looked_at: float = -math.inf
    looking: threading.Lock = field(default_factory=threading.Lock)


_shelves: dict[str, _Shelf] = {}


def current() -> Book:
    """Give the present tenant's book, which is never more than a second old."""
    schema = tenancy.current().schema
    shelf = _shelves.get(schema)
    if (
        shelf is not None
        and shelf.book is not None
        and monotonic() - shelf.looked_at < LOOK_EVERY_S
    ):
        return shelf.book
    return _look(_shelves.setdefault(schema, _Shelf()))


def turn_page() -> None:
    """Count the edition up in the present transaction, so that all processes load the rows anew."""
    changed = models.Edition.objects.filter(id=1).update(number=F("number") + 1)
    if not changed:
        raise AssertionError("the edition is a row that migrations make")
    schema = tenancy.current().schema
    transaction.on_commit(lambda: forget(schema))


def forget(schema: str | None = None) -> None:
    """Look anew when asked next; at all tenants' books when none is named."""
    for shelf in list(_shelves.values()) if schema is None else [_shelves.get(schema)]:
        if shelf is not None:
            shelf.looked_at = -math.inf


def _look(shelf: _Shelf) -> Book:
    """See whether the book is the present one; others go on with it meanwhile while it is fresh enough."""
    may_wait = shelf.book is None or monotonic() - shelf.looked_at >= STALE_S
    if not shelf.looking.acquire(blocking=may_wait):
        book = shelf.book
        if book is not None:
            return book
        shelf.looking.acquire()
    try:
        if shelf.book is not None and monotonic() - shelf.looked_at < LOOK_EVERY_S:
            return shelf.book
        started_at = monotonic()
        number = models.Edition.objects.values_list("number", flat=True).get(id=1)
        if shelf.book is None or shelf.book.number != number:
            shelf.book = _load(number)
        shelf.looked_at = started_at
        return shelf.book
    finally:
        shelf.looking.release()


def _load(number: int) -> Book:
    rules: dict[Operation, list[Rule]] = {}
    for row in models.Rule.objects.order_by("id"):
        rule = rows.show_rule(row)
        rules.setdefault(rule.operation, []).append(rule)
    fraud: dict[Operation, list[FraudRule]] = {}
    for found in models.FraudRule.objects.filter(enabled=True).order_by("id"):
        shown = rows.show_fraud_rule(found)
        for operation in Operation if shown.operation is None else (shown.operation,):
            fraud.setdefault(operation, []).append(shown)
    stops = [rows.show_stop(row) for row in models.Stop.objects.filter(lifted_at__isnull=True)]
    return Book(
        number=number,
        rules={operation: tuple(found) for operation, found in rules.items()},
        stops={(stop.scope, stop.value): stop for stop in stops},
        settings={(row.name, row.customer_id): row.value for row in models.Setting.objects.all()},
        fraud={operation: tuple(found) for operation, found in fraud.items()},
    )


def _standing_of(customer: UUID) -> Standing:
    try:
        found = identity.get_customer(customer)
    except NotFound:
        return NO_STANDING
    return Standing(found.level.value, found.group_id)
