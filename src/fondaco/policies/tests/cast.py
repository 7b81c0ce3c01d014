"""Houses, customers and rules for tests. Rules of many are made in a tenant of the module's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import transaction

from fondaco.identity import models as people
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import schemas
from fondaco.kit.ids import uuid7
from fondaco.money import Asset, Money
from fondaco.policies.actions import checking, rules
from fondaco.policies.types import Ask, Decision, Facts, Operation, Rule, Selector
from fondaco.policies.values import RuleValues

USD: Final = Asset("USD", 2)
EUR: Final = Asset("EUR", 2)


@cache
def _house() -> str:
    name = f"policies_{uuid4().hex[:12]}"
    schemas.create_tenant(name=name, mode="demo", hosts=[host_of(name)])
    return name


def host_of(name: str) -> str:
    """Give the host under which a house answers."""
    return f"{name.replace('_', '-')}.test"


@contextmanager
def made_house() -> Iterator[Any]:
    """Work in a tenant that the tests of policies alone know, one in each process."""
    with tenancy.scope(_house()) as scope:
        yield scope


def customer(*, level: str = "not_verified", group: UUID | None = None) -> UUID:
    """Make a customer."""
    row = people.Customer.objects.create(
        kind="client", name="Somebody", level=level, group_id=group, created_at=clock.now()
    )
    return row.id


def group() -> UUID:
    """Make a group of customers."""
    return people.CustomerGroup.objects.create(name=uuid4().hex, created_at=clock.now()).id


def rule(
    *,
    operation: Operation = Operation.WITHDRAWAL,
    currency: str = "",
    pair: str = "",
    subtype: str = "",
    level: str = "",
    group_id: UUID | None = None,
    customer_id: UUID | None = None,
    priority: int = 0,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    **says: Any,
) -> Rule:
    """Give a rule that is not written yet."""
    return Rule(
        id=uuid7(),
        operation=operation,
        selector=Selector(currency, pair, subtype),
        level=level,
        group_id=group_id,
        customer_id=customer_id,
        priority=priority,
        starts_at=starts_at,
        ends_at=ends_at,
        values=RuleValues(**says).stored(),
        version=0,
    )


def write(**made: Any) -> Rule:
    """Write a rule, which holds at once in this process."""
    return rules.put_rule(rule=rule(**made), by=SYSTEM)


def change(known: Rule, **says: Any) -> Rule:
    """Let a rule say something else."""
    return rules.put_rule(rule=replace(known, values=RuleValues(**says).stored()), by=SYSTEM)


def remove(known: Rule) -> None:
    """Remove a rule."""
    rules.remove_rule(rule_id=known.id, version=known.version, by=SYSTEM)


def ask(who: UUID, amount: str | Money = "10.00", **more: Any) -> Ask:
    """Say what somebody wants: to take dollars out, unless told."""
    money = Money.parse(amount, USD) if isinstance(amount, str) else amount
    return Ask(**{"operation": Operation.WITHDRAWAL, **more}, customer=who, amount=money)


def check(
    who: UUID, amount: str | Money = "10.00", *, reference: UUID | None = None, **more: Any
) -> Decision:
    """Check and count something in a transaction of its own."""
    can_wait = bool(more.pop("can_wait", False))
    with transaction.atomic():
        return checking.check(
            ask=ask(who, amount, **more), reference=reference, can_wait=can_wait, by=SYSTEM
        )


def facts(**told: Any) -> Facts:
    """Give facts."""
    return Facts(**told)
