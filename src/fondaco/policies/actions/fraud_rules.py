"""Write, change and remove rules against fraud."""

from typing import Any
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.errors import NotFound
from fondaco.policies import book, models
from fondaco.policies.errors import RuleChanged
from fondaco.policies.events import FraudRuleChanged
from fondaco.policies.fraud import read_parameters
from fondaco.policies.rows import fraud_rule_wire, show_fraud_rule
from fondaco.policies.types import FraudRule


def put_fraud_rule(*, rule: FraudRule, by: Actor) -> FraudRule:
    """Write a rule, or change the one with its identifier; its version is that of the one read, or 0.

    :raises RuleChanged: it is no longer the one that was read
    :raises InvalidField: its kind is unknown or takes other parameters
    """
    parameters = read_parameters(kind=rule.kind, raw=rule.parameters)
    with transaction.atomic():
        row = models.FraudRule.objects.select_for_update().filter(id=rule.id).first()
        if (row.version if row is not None else 0) != rule.version:
            raise RuleChanged
        before = None if row is None else told(show_fraud_rule(row))
        row = row or models.FraudRule(id=rule.id, created_at=clock.now(), version=0)
        row.name, row.kind, row.verdict = rule.name, rule.kind, rule.verdict.value
        row.operation = rule.operation.value if rule.operation else ""
        row.parameters, row.enabled, row.version = parameters, rule.enabled, row.version + 1
        row.save()
        written = show_fraud_rule(row)
        _tell(rule.id, before, told(written), by=by)
    return written


def remove_fraud_rule(*, rule_id: UUID, version: int, by: Actor) -> None:
    """Remove a rule.

    :raises NotFound: there is none
    :raises RuleChanged: it is no longer the one that was read
    """
    with transaction.atomic():
        row = models.FraudRule.objects.select_for_update().filter(id=rule_id).first()
        if row is None:
            raise NotFound
        if row.version != version:
            raise RuleChanged
        _tell(rule_id, told(show_fraud_rule(row)), None, by=by)
        row.delete()


def told(rule: FraudRule) -> dict[str, Any]:
    """Write a rule as audit and events have it."""
    return {
        "name": rule.name,
        "kind": rule.kind,
        "operation": rule.operation.value if rule.operation else "",
        "verdict": rule.verdict.value,
        "parameters": dict(rule.parameters),
        "enabled": rule.enabled,
    }


def _tell(
    rule_id: UUID, before: dict[str, Any] | None, after: dict[str, Any] | None, *, by: Actor
) -> None:
    book.turn_page()
    event = FraudRuleChanged(rule=fraud_rule_wire(rule_id), removed=after is None)
    events.publish(event, by=by)
    audit.record(
        by=by,
        action="policies.fraud_rule.change",
        subject=event.subject,
        detail={"before": before, "after": after},
    )
