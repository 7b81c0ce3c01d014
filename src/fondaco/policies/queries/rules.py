"""Reads of rules, rules against fraud and settings as they are stored."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from fondaco.kit.errors import NotFound
from fondaco.kit.paging import LIMIT_DEFAULT, Cursor, Page, page
from fondaco.policies import book as books, models
from fondaco.policies.rows import show_fraud_rule, show_rule
from fondaco.policies.settings import DECLARED
from fondaco.policies.types import FraudRule, Operation, Rule


def list_rules(
    *,
    operation: Operation | None = None,
    customer_id: UUID | None = None,
    group_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Rule]:
    """Give a page of rules, newest first, those of the future and the past included.

    ``since`` and ``until`` are about when a rule was written; the first is included, the other is not.
    """
    rows = models.Rule.objects.order_by("-id")
    if operation is not None:
        rows = rows.filter(operation=operation.value)
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    if group_id is not None:
        rows = rows.filter(group_id=group_id)
    if since is not None:
        rows = rows.filter(created_at__gte=since)
    if until is not None:
        rows = rows.filter(created_at__lt=until)
    if after is not None:
        rows = rows.filter(id__lt=after.id)
    found = list(rows[: limit + 1])
    made = {row.id: row.created_at for row in found}
    return page(
        [show_rule(row) for row in found],
        limit=limit,
        key=lambda rule: Cursor(made[rule.id], rule.id),
    )


def get_rule(*, rule_id: UUID) -> Rule:
    """Give a rule.

    :raises NotFound: there is none
    """
    row = models.Rule.objects.filter(id=rule_id).first()
    if row is None:
        raise NotFound
    return show_rule(row)


def find_version(*, rule_id: UUID, against_fraud: bool = False) -> int:
    """Give the version of a rule, or of one against fraud; 0 where there is none."""
    model: Any = models.FraudRule if against_fraud else models.Rule
    found = model.objects.filter(id=rule_id).values_list("version", flat=True).first()
    return int(found or 0)


def list_fraud_rules() -> list[FraudRule]:
    """Give all rules against fraud, oldest first, those that are off included."""
    return [show_fraud_rule(row) for row in models.FraudRule.objects.order_by("id")]


def list_settings() -> list[tuple[str, UUID | None, Any, bool]]:
    """Give each setting: name, customer, value, and whether a row says so rather than the environment."""
    book = books.current()
    house = [(name, None, book.setting(name), (name, None) in book.settings) for name in DECLARED]
    own: Mapping[tuple[str, UUID | None], Any] = book.settings
    return [
        *house,
        *((name, who, value, True) for (name, who), value in own.items() if who is not None),
    ]
