"""What operations on one's own orders share: what comes in, what may be refused, and what is done."""

from collections.abc import Callable
from typing import Annotated, Final, TypeVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from fondaco.exchange import refusals
from fondaco.exchange.actions import cancelling
from fondaco.exchange.queries.orders import get_exchange, list_exchanges
from fondaco.exchange.types import Exchange, OrderKindName
from fondaco.kit.access import require, require_customer
from fondaco.kit.django.api import problems
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.schemas import Strict, Text
from fondaco.kit.errors import DomainError, InvalidField
from fondaco.market import errors as market
from fondaco.money import Asset, InvalidAmount, Money
from fondaco.orders.states import OrderState
from fondaco.orders.types import Order, OrderFilter
from fondaco.policies import errors as policies
from fondaco.wallets import refusals as wallets
from fondaco.wallets.refusals import refusal_named

Shape = TypeVar("Shape", bound=Strict)

PairName = Annotated[
    Text, Field(max_length=70, pattern=r"^[A-Z0-9.]{2,33}_[A-Z0-9.]{2,33}$", examples=["BTC_USD"])
]
Comment = Annotated[Text, Field(max_length=500)]

PRICING: Final = (
    market.PairNotFound,
    market.PairDisabled,
    market.PairSuspended,
    market.RateUnavailable,
    market.AmountTooSmall,
    market.ExchangeTooLarge,
)
ORDERING: Final = (
    *PRICING,
    market.QuoteExpired,
    market.QuoteUsed,
    *policies.CHECKING,
    refusals.QuoteMismatch,
    refusals.NoVenue,
    refusals.PriceMoved,
    wallets.WalletRequired,
    wallets.InsufficientFunds,
    wallets.WalletFrozen,
    wallets.WalletClosed,
    wallets.AmountTooLarge,
)


def read_amount(text: str, asset: Asset, *, field: str) -> Money:
    """Read an amount of a currency.

    :raises InvalidField: it has more places than the currency
    """
    try:
        return Money.parse(text, asset)
    except InvalidAmount as error:
        sentence = str(error)
        raise InvalidField(f"{sentence[:1].upper()}{sentence[1:]}.", field=field) from None


def refusal_of_order(order: Order) -> DomainError | None:
    """Give the refusal that the books ended an order with; none for any other order."""
    code = order.details.get("refusal")
    if not code:
        return None
    refusal = refusal_named(str(code))
    refusal.facts["order"] = order.wire_id
    return refusal


def answer_exchange(
    request: HttpRequest, exchange: Exchange, shape: Callable[[Exchange], Shape]
) -> Shape | HttpResponse:
    """Show an order; for one that the books refused the problem: the attempt stays in the histories."""
    refusal = refusal_of_order(exchange.order)
    return shape(exchange) if refusal is None else problems.respond(request, refusal)


class OwnOrderPaging(Paging):
    """Narrow a list of one's own orders."""

    state: OrderState | None = None


def list_own(
    request: HttpRequest,
    paging: OwnOrderPaging,
    kind: OrderKindName,
    shape: Callable[[Exchange], Shape],
) -> Listing[Shape]:
    """List the caller's orders of a kind, newest first."""
    customer_id = require_customer(require(principal(request), "orders:read"))
    return paged(
        paging,
        lambda after, limit: list_exchanges(
            kind=kind,
            customer_id=customer_id,
            narrow=OrderFilter(state=paging.state),
            after=after,
            limit=limit,
        ),
        shape,
    )


def get_own(request: HttpRequest, order_id: UUID, kind: OrderKindName) -> Exchange:
    """Give one of the caller's orders of a kind.

    :raises NotFound: the caller has no such order
    """
    customer_id = require_customer(require(principal(request), "orders:read"))
    return get_exchange(order_id=order_id, customer_id=customer_id, kind=kind)


def cancel_own(request: HttpRequest, order_id: UUID, kind: OrderKindName) -> Exchange:
    """Take one of the caller's orders back.

    :raises NotFound: the caller has no such order
    :raises OrderNotCancellable: it is too late, or the rules do not allow it
    """
    who = require(principal(request), "wallets:spend")
    customer_id = require_customer(who)
    return cancelling.cancel(order_id=order_id, customer_id=customer_id, kind=kind, by=who.actor)


def repeat_own(
    request: HttpRequest,
    order_id: UUID,
    kind: OrderKindName,
    shape: Callable[[Exchange], Shape],
) -> Shape | HttpResponse:
    """Order for the caller what he ordered once, at the price of now.

    :raises NotFound: the caller has no such order
    :raises DomainError: what refuses any order
    """
    who = require(principal(request), "wallets:spend")
    customer_id = require_customer(who)
    made = cancelling.repeat(order_id=order_id, customer_id=customer_id, kind=kind, by=who.actor)
    return answer_exchange(request, made, shape)
