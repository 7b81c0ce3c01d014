"""What operations on orders share: what comes in, and what may be refused."""

from collections.abc import Callable
from typing import Annotated, Final, TypeVar

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from fondaco.exchange import refusals
from fondaco.exchange.types import Exchange
from fondaco.kit.django.api import problems
from fondaco.kit.django.api.schemas import Strict, Text
from fondaco.kit.errors import DomainError, InvalidField
from fondaco.market import errors as market
from fondaco.money import Asset, InvalidAmount, Money
from fondaco.orders.types import Order
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
