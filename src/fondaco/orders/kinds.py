"""The kinds of order, which domains register at start: a plain dict.

DomainError
└── OrderNotRepeatable
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fondaco.kit.errors import DomainError, Kind
from fondaco.orders.states import ORDER_LIFE, OrderState
from fondaco.orders.types import Order


class OrderNotRepeatable(DomainError):
    """Say that the order cannot be repeated: its kind forbids it, or it is not finished."""

    code = "order_not_repeatable"
    kind = Kind.CONFLICT
    title = "This order cannot be repeated."


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderKind:
    """Say what a kind of order is called and what its customer may do with one."""

    name: str
    """Stable word such as ``internal_movement``."""
    cancels_from: frozenset[OrderState] = frozenset()
    """States in which the customer may take it back."""
    repeats: bool = False
    """Whether a finished one may be ordered again."""


_kinds: dict[str, OrderKind] = {}


def register(kind: OrderKind) -> None:
    """Make a kind known to this process; registering it again replaces it."""
    _kinds[kind.name] = kind


def kinds() -> Mapping[str, OrderKind]:
    """Give all kinds by name."""
    return MappingProxyType(_kinds)


def can_cancel(order: Order) -> bool:
    """Tell whether the customer may take the order back now."""
    return order.state in _kinds[order.kind].cancels_from


def can_repeat(order: Order) -> bool:
    """Tell whether the order may be ordered again now."""
    return _kinds[order.kind].repeats and order.state in ORDER_LIFE.final


def check_repeatable(order: Order) -> None:
    """Pass silently when the order may be ordered again.

    :raises OrderNotRepeatable: it may not
    """
    if not can_repeat(order):
        raise OrderNotRepeatable(facts={"state": order.state.value})
