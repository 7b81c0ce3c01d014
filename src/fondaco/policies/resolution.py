"""Which row each value comes from: pure, and the order of precedence in one place.

Field by field: default < level < group (by priority) < customer; within one owner the narrower row wins
(see :attr:`Selector.narrowness`), then the one that began later, then the newer one.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from fondaco.policies.types import (
    Bound,
    Buyback,
    CountBound,
    Effective,
    Explained,
    Fee,
    FeePayer,
    Rule,
    Selector,
    Standing,
)
from fondaco.policies.values import COUNTS, LIMITS, SETTABLE

PLATFORM: Final = "platform"
_OWNERS: Final = {"default": 0, "level": 1, "group": 2, "customer": 3}


def applicable(
    rules: Iterable[Rule],
    *,
    customer: UUID | None,
    standing: Standing,
    selector: Selector,
    at: datetime,
) -> list[Rule]:
    """Give the rules that apply, the strongest first."""
    found = [
        rule
        for rule in rules
        if rule.holds_at(at)
        and rule.selector.covers(selector)
        and _is_his(rule, customer, standing)
    ]
    return sorted(found, key=_strength, reverse=True)


def winners(rules: Sequence[Rule]) -> dict[str, Rule]:
    """Give for each field the first rule that sets it."""
    found: dict[str, Rule] = {}
    for rule in rules:
        for name in rule.values:
            found.setdefault(name, rule)
    found.pop("in_usd", None)
    return found


def effective(rules: Sequence[Rule]) -> Effective:
    """Give what applies, of rules in order of their strength."""
    won = winners(rules)
    said = {name: rule.values[name] for name, rule in won.items()}
    if not said:
        return Effective()
    plain: dict[str, Any] = {
        name: said[name]
        for name in (
            "enabled",
            "needs_operator",
            "needs_code",
            "confirmations",
            "cancel_allowed",
            "repeat_allowed",
            "auto_convert_to",
            "price_markup_bps",
        )
        if name in said
    }
    bounds: dict[str, Any] = {name: _bound(name, won[name]) for name in LIMITS if name in won}
    counts: dict[str, Any] = {
        name: CountBound(said[name], won[name].selector) for name in COUNTS if name in won
    }
    return Effective(
        **plain,
        **bounds,
        **counts,
        reason=_reason(won),
        buyback=Buyback(said["buyback"]) if "buyback" in said else None,
        fee=_fee(said),
    )


def explain(rules: Sequence[Rule], *, wire: Mapping[UUID, str]) -> list[Explained]:
    """Give every value with the row that it came from; ``wire`` names the rows."""
    won = winners(rules)
    told = []
    for name in SETTABLE:
        rule = won.get(name)
        value = None if rule is None else rule.values[name]
        if rule is not None and name in LIMITS and rule.values.get("in_usd"):
            value = f"{value} USD"
        told.append(
            Explained(
                field=name,
                value=value,
                source=PLATFORM if rule is None else wire[rule.id],
                owner=PLATFORM if rule is None else rule.owner,
            )
        )
    return told


def _is_his(rule: Rule, customer: UUID | None, standing: Standing) -> bool:
    match rule.owner:
        case "customer":
            return rule.customer_id == customer
        case "group":
            return rule.group_id == standing.group_id
        case "level":
            return rule.level == standing.level
        case _:
            return True


def _strength(rule: Rule) -> tuple[Any, ...]:
    begun = rule.starts_at.timestamp() if rule.starts_at else 0.0
    return (_OWNERS[rule.owner], rule.priority, rule.selector.narrowness, begun, rule.id)


def _bound(name: str, rule: Rule) -> Bound:
    in_usd = bool(rule.values.get("in_usd", False))
    return Bound(Decimal(rule.values[name]), in_usd, rule.selector)


def _reason(won: Mapping[str, Rule]) -> str:
    """Give the reason of the row that switches it off; another row's would be about something else."""
    switch = won.get("enabled")
    return "" if switch is None else str(switch.values.get("reason", ""))


def _fee(said: Mapping[str, Any]) -> Fee:
    return Fee(
        bps=said.get("fee_bps", 0),
        fixed=Decimal(said.get("fee_fixed", 0)),
        min=Decimal(said["fee_min"]) if "fee_min" in said else None,
        max=Decimal(said["fee_max"]) if "fee_max" in said else None,
        payer=FeePayer(said["fee_payer"]) if "fee_payer" in said else None,
    )
