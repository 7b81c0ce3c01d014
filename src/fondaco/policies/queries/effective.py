"""What applies to a customer, and why."""

from uuid import UUID

from fondaco.kit import clock
from fondaco.policies import book as books, resolution, rows
from fondaco.policies.types import Effective, Explained, Operation, Selector


def rules_for(
    *,
    customer: UUID | None,
    operation: Operation,
    currency: str,
    pair: str = "",
    subtype: str = "",
) -> Effective:
    """Give what applies to an operation; from memory, at most a second old."""
    return books.current().effective(
        operation=operation,
        customer=customer,
        selector=Selector(currency, pair, subtype),
        at=clock.now(),
    )


def explain(
    *,
    customer: UUID | None,
    operation: Operation,
    currency: str = "",
    pair: str = "",
    subtype: str = "",
) -> list[Explained]:
    """Give every value with the row that it comes from."""
    rules = books.current().applicable(
        operation=operation,
        customer=customer,
        selector=Selector(currency, pair, subtype),
        at=clock.now(),
    )
    return resolution.explain(rules, wire={rule.id: rows.rule_wire(rule.id) for rule in rules})
