"""Tables of orders: header, history, callbacks."""

from django.db import models
from django.db.models import F, Q

from fondaco.kit.django.models import StateChange
from fondaco.kit.ids import encode, uuid7
from fondaco.orders.states import OrderState
from fondaco.orders.types import PREFIX


class Order(models.Model):
    """The header of one order of any kind."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=40, choices=OrderState.choices)
    customer = models.ForeignKey("identity.Customer", on_delete=models.PROTECT, related_name="+")
    asset = models.CharField(max_length=40)
    """Code and scale, such as ``USD/2``."""
    amount_minor = models.DecimalField(max_digits=39, decimal_places=0)
    """What the customer ordered, in minor units of the asset, without the fee."""
    fee_minor = models.DecimalField(max_digits=39, decimal_places=0)
    """What the house takes for it, in minor units of the same asset."""
    comment = models.CharField(max_length=500, blank=True)
    callback_url = models.CharField(max_length=500, blank=True)
    repeats = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    reference = models.UUIDField(null=True)
    """The ledger transfer that moves or holds the money."""
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        """Lists go by customer and by state, newest first; identifiers are ordered by time."""

        indexes = (
            models.Index(fields=["customer", "-id"], name="orders_of_a_customer"),
            models.Index(fields=["state", "kind", "-id"], name="orders_in_a_state"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="orders_amount_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(fee_minor__gte=0), name="orders_fee_is_not_negative"
            ),
            models.CheckConstraint(
                condition=~Q(repeats=F("id")), name="orders_repeat_another_order"
            ),
        )

    def __str__(self) -> str:
        """Show the wire identifier and where the order stands."""
        return f"{encode(PREFIX, self.id)} {self.kind} {self.state}"


class OrderStep(StateChange):
    """One move of an order; never changed."""

    subject = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="steps")


class OrderCallback(models.Model):
    """What is to be sent to the customer's address about one move."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="callbacks")
    state = models.CharField(max_length=40, choices=OrderState.choices)
    url = models.CharField(max_length=500)
    payload = models.JSONField()
    created_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    answer_status = models.PositiveSmallIntegerField(null=True)
    """The HTTP status of the last attempt."""
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        """The sender looks for what is not delivered; the customer for what belongs to an order."""

        indexes = (
            models.Index(fields=["order", "id"], name="orders_callbacks_of_an_order"),
            models.Index(
                fields=["id"],
                name="orders_callbacks_to_deliver",
                condition=Q(delivered_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        """Show which move it tells."""
        return f"callback of {encode(PREFIX, self.order_id)} for {self.state}"
