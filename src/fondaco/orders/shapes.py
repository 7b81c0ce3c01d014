"""How an order goes out, at its own operations and at those of the domains above."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fondaco.kit.django.api.schemas import MoneyOut, Strict, WireId
from fondaco.orders.states import OrderState
from fondaco.orders.types import PREFIX, Order, OrderCallback, OrderStep

OrderWireId = Annotated[UUID, WireId(PREFIX)]
CustomerWireId = Annotated[UUID, WireId("cus")]
TransferWireId = Annotated[UUID, WireId("tr")]


class OrderOut(Strict):
    """Show an order's header."""

    id: OrderWireId
    kind: str
    state: OrderState
    customer: CustomerWireId
    amount: MoneyOut
    fee: MoneyOut
    comment: str
    callback_url: str
    repeats: OrderWireId | None
    transfer: TransferWireId | None
    details: dict[str, Any]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, order: Order) -> "OrderOut":
        """Show an order."""
        return cls.model_construct(
            id=order.id,
            kind=order.kind,
            state=order.state,
            customer=order.customer_id,
            amount=MoneyOut.of(order.amount),
            fee=MoneyOut.of(order.fee),
            comment=order.comment,
            callback_url=order.callback_url,
            repeats=order.repeats_id,
            transfer=order.reference,
            details=dict(order.details),
            created_at=order.created_at,
            updated_at=order.updated_at,
        )


class OrderStepOut(Strict):
    """Show one move of an order."""

    state: OrderState
    at: datetime
    note: str

    @classmethod
    def of(cls, step: OrderStep) -> Self:
        """Show a move."""
        return cls(state=step.state, at=step.at, note=step.note)


class OrderFileOut(Strict):
    """Show an order with all its moves, oldest first."""

    order: OrderOut
    steps: list[OrderStepOut]
    can_cancel: bool
    can_repeat: bool


class CallbackOut(Strict):
    """Show what was or will be sent about one move."""

    state: OrderState
    url: str
    payload: dict[str, Any]
    created_at: datetime
    attempts: int
    answer_status: int | None
    delivered_at: datetime | None

    @classmethod
    def of(cls, callback: OrderCallback) -> Self:
        """Show a callback."""
        return cls(
            state=callback.state,
            url=callback.url,
            payload=dict(callback.payload),
            created_at=callback.created_at,
            attempts=callback.attempts,
            answer_status=callback.answer_status,
            delivered_at=callback.delivered_at,
        )


class CallbacksOut(Strict):
    """Show all callbacks of an order, oldest first."""

    items: list[CallbackOut]
