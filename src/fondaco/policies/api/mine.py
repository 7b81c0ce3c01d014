"""``/me/rules`` and ``/me/limits``: what applies to oneself, why, and what is left of it."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.kit.access import require, require_customer
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Currency, Strict
from fondaco.kit.errors import InvalidField
from fondaco.kit.options import options
from fondaco.ledger.queries import find_asset
from fondaco.policies.api.fields import Pair, PolicyExplainedOut, PolicyValueOut, SubType
from fondaco.policies.queries.effective import explain
from fondaco.policies.queries.limits import list_windows
from fondaco.policies.types import Operation, Window

router = Router(tags=["policies"])

_SECRET_FIELDS = frozenset({"price_markup_bps", "buyback"})
"""How the house earns and covers itself is its own business."""


class MyRulesIn(Strict):
    """Choose what is asked about."""

    operation: Operation | None = Field(default=None, description="Absent: all.")
    currency: Currency | None = Field(default=None, description="Absent: the house's own.")
    pair: Pair = ""
    subtype: SubType = ""


class MyRulesOut(Strict):
    """Show what applies to oneself."""

    items: list[PolicyExplainedOut]


class MyLimitOut(Strict):
    """Show one window of one limit."""

    operation: Operation
    limit: str = Field(examples=["day_max"])
    allowed: str
    used: str
    left: str
    unit: str = Field(description="A currency, USD for dollars' worth, or ``times``.")
    resets_at: datetime | None = Field(description="Null: never.")

    @classmethod
    def of(cls, operation: Operation, window: Window) -> "MyLimitOut":
        """Show a window."""
        return cls(
            operation=operation,
            limit=window.limit,
            allowed=window.allowed,
            used=window.used,
            left=window.left,
            unit=window.unit,
            resets_at=window.resets_at,
        )


class MyLimitsOut(Strict):
    """Show what is left of one's limits; empty where nothing is counted."""

    items: list[MyLimitOut]


@router.get("/rules")
def show_my_rules(request: HttpRequest, asked: Query[MyRulesIn]) -> MyRulesOut:
    """Show what applies to oneself, for each operation, each value with the row that it comes from."""
    customer = require_customer(require(principal(request), "orders:read"))
    currency = asked.currency or options().default_currency
    items = []
    for operation in Operation if asked.operation is None else (asked.operation,):
        told = explain(
            customer=customer,
            operation=operation,
            currency=currency,
            pair=asked.pair,
            subtype=asked.subtype,
        )
        items.append(
            PolicyExplainedOut(
                operation=operation,
                currency=currency,
                pair=asked.pair,
                subtype=asked.subtype,
                values=[PolicyValueOut.of(one) for one in told if one.field not in _SECRET_FIELDS],
            )
        )
    return MyRulesOut(items=items)


@router.get("/limits")
def show_my_limits(request: HttpRequest, asked: Query[MyRulesIn]) -> MyLimitsOut:
    """Show what is used and left of one's limits now."""
    customer = require_customer(require(principal(request), "orders:read"))
    asset = find_asset(code=asked.currency or options().default_currency)
    if asset is None:
        raise InvalidField("There is no such currency here.", field="currency")
    return MyLimitsOut(
        items=[
            MyLimitOut.of(operation, window)
            for operation in (Operation if asked.operation is None else (asked.operation,))
            for window in list_windows(
                customer=customer,
                operation=operation,
                asset=asset,
                pair=asked.pair,
                subtype=asked.subtype,
            )
        ]
    )
