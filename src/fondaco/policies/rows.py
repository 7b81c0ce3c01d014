"""Show rows as what crosses the border."""

from uuid import UUID

from fondaco.identity.types import customer_wire
from fondaco.kit.ids import encode
from fondaco.money import Asset, Money
from fondaco.policies import models
from fondaco.policies.types import (
    FRAUD_RULE_PREFIX,
    RULE_PREFIX,
    Case,
    FraudRule,
    Operation,
    Rule,
    Selector,
    Stop,
    StopScope,
    Verdict,
)


def rule_wire(rule_id: UUID) -> str:
    """Write a rule's identifier for the wire: ``rul_…``."""
    return encode(RULE_PREFIX, rule_id)


def fraud_rule_wire(rule_id: UUID) -> str:
    """Write a fraud rule's identifier for the wire: ``frd_…``."""
    return encode(FRAUD_RULE_PREFIX, rule_id)


def show_rule(row: models.Rule) -> Rule:
    """Show a rule."""
    return Rule(
        id=row.id,
        operation=Operation(row.operation),
        selector=Selector(row.currency, row.pair, row.subtype),
        level=row.level,
        group_id=row.group_id,
        customer_id=row.customer_id,
        priority=row.priority,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        values=row.values,
        note=row.note,
        version=row.version,
        created_at=row.created_at,
    )


def show_stop(row: models.Stop) -> Stop:
    """Show a stop."""
    return Stop(
        id=row.id,
        scope=StopScope(row.scope),
        value=row.value,
        reason=row.reason,
        set_by=row.set_by,
        set_at=row.set_at,
        lifted_at=row.lifted_at,
    )


def show_fraud_rule(row: models.FraudRule) -> FraudRule:
    """Show a fraud rule."""
    return FraudRule(
        id=row.id,
        name=row.name,
        kind=row.kind,
        operation=Operation(row.operation) if row.operation else None,
        verdict=Verdict(row.verdict),
        parameters=row.parameters,
        enabled=row.enabled,
        version=row.version,
    )


def show_case(row: models.Case) -> Case:
    """Show a case."""
    return Case(
        id=row.id,
        state=row.state,
        operation=row.operation,
        customer_id=row.customer_id,
        amount=Money(int(row.amount_minor), Asset.parse(row.asset)),
        reasons=tuple(row.reasons),
        reference=row.reference,
        created_at=row.created_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        note=row.note,
        rules=tuple(row.rules),
    )


__all__ = [
    "customer_wire",
    "fraud_rule_wire",
    "rule_wire",
    "show_case",
    "show_fraud_rule",
    "show_rule",
    "show_stop",
]
