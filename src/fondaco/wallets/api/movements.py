"""``/internal-movements``: send money to another customer."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import MoneyIn, Strict, Text
from fondaco.kit.errors import InvalidField
from fondaco.orders.kinds import OrderNotRepeatable
from fondaco.orders.queries import list_orders
from fondaco.orders.shapes import OrderOut, OrderWireId
from fondaco.orders.types import OrderFilter
from fondaco.policies.errors import CHECKING
from fondaco.wallets import refusals
from fondaco.wallets.actions import movements as actions
from fondaco.wallets.api.asking import ask_as
from fondaco.wallets.api.fields import REFERENCE_MAX, Address, Reference, Summary, money_in
from fondaco.wallets.api.orders import answer_order
from fondaco.wallets.queries.wallets import choose_wallet_id
from fondaco.wallets.types import MovementAsk, Recipient

router = Router(tags=["internal movements"])


class RecipientIn(Strict):
    """Take exactly one of three ways to name somebody."""

    email: Annotated[Text, Field(max_length=320)] | None = None
    phone: Annotated[Text, Field(max_length=32)] | None = None
    wallet: (
        Annotated[Text, Field(max_length=REFERENCE_MAX, description="A wallet's token.")] | None
    ) = None

    def to_recipient(self, field: str) -> Recipient:
        """Give who is meant; ``field`` is the name of the field that holds this object.

        :raises InvalidField: none, or more than one, of the three is given
        """
        named = [value for value in (self.email, self.phone, self.wallet) if value]
        if len(named) != 1:
            raise InvalidField("Name exactly one of email, phone and wallet.", field=field)
        return Recipient(email=self.email, phone=self.phone, wallet=self.wallet)


class MovementIn(MoneyIn):
    """Take what is sent, from where and to whom."""

    wallet: Annotated[Reference | None, Field(description="Absent: the oldest open wallet.")] = None
    recipient: RecipientIn
    comment: Summary = ""
    callback_url: Address = ""


class RepeatIn(Strict):
    """Take another amount, or none for the same one."""

    amount: Annotated[MoneyIn | None, Field(description="Absent: the same amount.")] = None


_REFUSALS = (
    refusals.OwnWallet,
    refusals.InsufficientFunds,
    refusals.WalletFrozen,
    refusals.WalletClosed,
    refusals.AmountTooLarge,
    *CHECKING,
)


@router.post(
    "", status=201, errors=(refusals.UnknownRecipient, refusals.WalletRequired, *_REFUSALS)
)
@idempotent("wallets.send_money")
def send_money(request: HttpRequest, body: MovementIn) -> OrderOut | HttpResponse:
    """Send money to another customer by e-mail, telephone or wallet token."""
    asker = ask_as(request, "wallets:spend")
    order = actions.send_money(
        customer_id=asker.customer_id,
        ask=MovementAsk(
            wallet_id=choose_wallet_id(reference=body.wallet, customer_id=asker.customer_id),
            recipient=body.recipient.to_recipient("recipient"),
            amount=money_in(body),
            comment=body.comment,
            callback_url=body.callback_url,
        ),
        by=asker.actor,
    )
    return answer_order(request, order)


@router.get("")
def list_movements(request: HttpRequest, paging: Query[Paging]) -> Listing[OrderOut]:
    """List one's internal movements, newest first."""
    asker = ask_as(request, "wallets:read")
    return paged(
        paging,
        lambda after, limit: list_orders(
            customer_id=asker.customer_id,
            narrow=OrderFilter(kind=actions.KIND),
            after=after,
            limit=limit,
        ),
        OrderOut.of,
    )


@router.post("/{order_id}/repeat", status=201, errors=(OrderNotRepeatable, *_REFUSALS))
@idempotent("wallets.repeat_movement")
def repeat_movement(
    request: HttpRequest, order_id: OrderWireId, body: RepeatIn
) -> OrderOut | HttpResponse:
    """Send the same again to the same wallet, with another amount where one is given."""
    asker = ask_as(request, "wallets:spend")
    amount = None if body.amount is None else money_in(body.amount, within="amount")
    order = actions.repeat_movement(
        order_id=order_id, customer_id=asker.customer_id, amount=amount, by=asker.actor
    )
    return answer_order(request, order)
