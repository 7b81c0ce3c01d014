"""The kinds of order, which domains register at start: a plain dict.

DomainError
├── OrderNotRepeatable
└── OrderNotCancellable
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fondaco.kit.errors import DomainError, Kind
from fondaco.orders.states import ORDER_LIFE, OrderState
from fondaco.orders.types import Order
from fondaco.policies.queries.effective import rules_for
from fondaco.policies.types import NOTHING_SAID, Effective, Operation


class OrderNotRepeatable(DomainError):
    """Say that the order cannot be repeated: its kind or a rule forbids it, or it is not finished."""

    code = "order_not_repeatable"
    kind = Kind.CONFLICT
    title = "This order cannot be repeated."


class OrderNotCancellable(DomainError):
    """Say that it is too late to take the order back, or that the rules do not allow it."""

    code = "order_not_cancellable"
    kind = Kind.CONFLICT
    title = "This order cannot be taken back."


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderKind:
    """Say what a kind of order is called and what its customer may do with one."""

    name: str
    """Stable word such as ``internal_movement``."""
    cancels_from: frozenset[OrderState] = frozenset()
    """States in which the customer may take it back."""
    repeats: bool = False
    """Whether a finished one may be ordered again."""
    operation: Operation | None = None
    """Whose rules may take both away from a customer; none: there are no rules for it."""
    subtype: str = ""


_kinds: dict[str, OrderKind] = {}


def register(kind: OrderKind) -> None:
    """Make a kind known to this process; registering it again replaces it."""
    _kinds[kind.name] = kind


def kinds() -> Mapping[str, OrderKind]:
    """Give all kinds by name."""
    return MappingProxyType(_kinds)


def can_cancel(order: Order) -> bool:
    """Tell whether the customer may take the order back now."""
    return order.state in _kinds[order.kind].cancels_from and _rules(order).cancel_allowed


def can_repeat(order: Order) -> bool:
    """Tell whether the order may be ordered again now."""
    is_over = _kinds[order.kind].repeats and order.state in ORDER_LIFE.final
    return is_over and _rules(order).repeat_allowed


def check_cancellable(order: Order) -> None:
    """Pass silently when the customer may take the order back now.

    :raises OrderNotCancellable: he may not
    """
    if not can_cancel(order):
        raise OrderNotCancellable(facts={"state": order.state.value})


def check_repeatable(order: Order) -> None:
    """Pass silently when the order may be ordered again.

    :raises OrderNotRepeatable: it may not
    """
    if not can_repeat(order):
        raise OrderNotRepeatable(facts={"state": order.state.value})


def _rules(order: Order) -> Effective:
    kind = _kinds[order.kind]
    if kind.operation is None:
        return NOTHING_SAID
    return rules_for(
        customer=order.customer_id,
        operation=kind.operation,
        currency=order.amount.asset.code,
        pair=str(order.details.get("pair", "")),
        subtype=kind.subtype,
    )
