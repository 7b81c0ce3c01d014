"""Write, change and remove rules."""

from typing import Any
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity import queries as identity
from fondaco.identity.states import Level
from fondaco.identity.types import customer_wire, group_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.policies import book, models
from fondaco.policies.errors import RuleChanged
from fondaco.policies.events import RuleChanged as RuleChangedEvent
from fondaco.policies.rows import rule_wire, show_rule
from fondaco.policies.types import Rule
from fondaco.policies.values import needs_currency


def check_rule(*, rule: Rule) -> None:
    """Pass silently when a rule can be written.

    :raises InvalidField: it has two owners, or one that does not exist; it ends before it starts; its amounts
        have no currency; a priority is given to what is no group's
    """
    owners = [rule.level, rule.group_id, rule.customer_id]
    if sum(bool(owner) for owner in owners) > 1:
        raise InvalidField("A rule has one owner: a level, a group or a customer.", field="level")
    if rule.level and rule.level not in Level.values:
        raise InvalidField("There is no such level.", field="level")
    if rule.group_id and all(one.id != rule.group_id for one in identity.list_groups()):
        raise InvalidField("There is no such group.", field="group")
    if rule.customer_id and not identity.get_customers([rule.customer_id]):
        raise InvalidField("There is no such customer.", field="customer")
    if rule.priority and rule.group_id is None:
        raise InvalidField("Only rules of groups have a priority.", field="priority")
    if rule.starts_at and rule.ends_at and rule.ends_at <= rule.starts_at:
        raise InvalidField("A rule ends after it starts.", field="ends_at")
    if needs_currency(rule.values) and not (rule.selector.currency or rule.selector.pair):
        raise InvalidField("Amounts need a currency or pair, or in_usd.", field="currency")


def put_rule(*, rule: Rule, by: Actor) -> Rule:
    """Write a rule, or change the one with its identifier; its version is that of the one read, or 0.

    :raises RuleChanged: it is no longer the one that was read
    :raises InvalidField: it cannot be written
    """
    check_rule(rule=rule)
    with transaction.atomic():
        row = models.Rule.objects.select_for_update().filter(id=rule.id).first()
        if (row.version if row is not None else 0) != rule.version:
            raise RuleChanged
        before = None if row is None else told(show_rule(row))
        row = row or models.Rule(id=rule.id, created_at=clock.now(), version=0)
        row.operation, row.currency = rule.operation.value, rule.selector.currency
        row.pair, row.subtype = rule.selector.pair, rule.selector.subtype
        row.level, row.group_id, row.customer_id = rule.level, rule.group_id, rule.customer_id
        row.priority, row.starts_at, row.ends_at = rule.priority, rule.starts_at, rule.ends_at
        row.values, row.note, row.version = dict(rule.values), rule.note, row.version + 1
        row.save()
        written = show_rule(row)
        _tell(written, before, told(written), by=by)
    return written


def remove_rule(*, rule_id: UUID, version: int, by: Actor) -> None:
    """Remove a rule.

    :raises NotFound: there is none
    :raises RuleChanged: it is no longer the one that was read
    """
    with transaction.atomic():
        row = models.Rule.objects.select_for_update().filter(id=rule_id).first()
        if row is None:
            raise NotFound
        if row.version != version:
            raise RuleChanged
        gone = show_rule(row)
        _tell(gone, told(gone), None, by=by)
        row.delete()


def told(rule: Rule) -> dict[str, Any]:
    """Write a rule as audit and events have it."""
    return {
        "operation": rule.operation.value,
        "currency": rule.selector.currency,
        "pair": rule.selector.pair,
        "subtype": rule.selector.subtype,
        "level": rule.level,
        "group": group_wire(rule.group_id) if rule.group_id else "",
        "customer": customer_wire(rule.customer_id) if rule.customer_id else "",
        "priority": rule.priority,
        "starts_at": rule.starts_at.isoformat() if rule.starts_at else None,
        "ends_at": rule.ends_at.isoformat() if rule.ends_at else None,
        "values": dict(rule.values),
        "note": rule.note,
    }


def _tell(
    rule: Rule, before: dict[str, Any] | None, after: dict[str, Any] | None, *, by: Actor
) -> None:
    book.turn_page()
    event = RuleChangedEvent(
        rule=rule_wire(rule.id),
        operation=rule.operation.value,
        customer=customer_wire(rule.customer_id) if rule.customer_id else None,
        removed=after is None,
    )
    events.publish(event, by=by)
    audit.record(
        by=by,
        action="policies.rule.change",
        subject=event.subject,
        detail={"before": before, "after": after},
    )
