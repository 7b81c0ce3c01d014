"""Write down what is to be sent to an order's callback address; sending it is somebody else's."""

from fondaco.orders import models
from fondaco.orders.types import Order


def write_callback(order: Order) -> None:
    """Note that the order's move is to be told, where the customer gave an address."""
    if not order.callback_url:
        return
    models.OrderCallback.objects.create(
        order_id=order.id,
        state=order.state,
        url=order.callback_url,
        payload={
            "order": order.wire_id,
            "kind": order.kind,
            "state": order.state.value,
            "amount": {"amount": order.amount.to_text(), "currency": order.amount.asset.code},
            "fee": {"amount": order.fee.to_text(), "currency": order.fee.asset.code},
            "at": order.updated_at.isoformat(),
        },
        created_at=order.updated_at,
    )
