"""Read what a customer asks about an exchange: the pair, one of two amounts, and for what."""

from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from pydantic import Field

from fondaco.kit.django.api.schemas import Amount, Strict
from fondaco.kit.errors import InvalidField
from fondaco.market import queries
from fondaco.market.api.shapes import PairName
from fondaco.market.errors import (
    AmountTooSmall,
    ExchangeTooLarge,
    PairDisabled,
    PairNotFound,
    PairSuspended,
    RateUnavailable,
)
from fondaco.market.terms import PolicyTerms, terms_for
from fondaco.market.types import MarketPair
from fondaco.money import Asset, InvalidAmount, Money
from fondaco.policies.types import Operation

PRICING = (
    PairNotFound,
    PairDisabled,
    PairSuspended,
    RateUnavailable,
    AmountTooSmall,
    ExchangeTooLarge,
)
"""What a calculation or quote may be refused for."""

What = Annotated[
    Literal["exchange", "purchase", "fast_exchange"],
    Field(description="Whose fees and limits apply."),
]


class ExchangeAsk(Strict):
    """Take a pair and exactly one amount."""

    pair: PairName
    amount_to_get: Amount | None = None
    amount_to_spend: Amount | None = Field(default=None, description="Fee included.")
    operation: What = "exchange"


class Asked(NamedTuple):
    """Hold what is asked in the market's words."""

    pair: MarketPair
    to_get: Money | None
    to_spend: Money | None
    terms: PolicyTerms


def read_ask(asked: ExchangeAsk, customer_id: UUID | None) -> Asked:
    """Read amounts in the pair's currencies, and find what applies to the customer.

    :raises PairNotFound: there is no such pair
    :raises InvalidField: an amount has more places than its currency
    """
    pair = queries.find_pair(name=asked.pair)
    if pair is None:
        raise PairNotFound(field="pair")
    return Asked(
        pair,
        _money(asked.amount_to_get, pair.get, "amount_to_get"),
        _money(asked.amount_to_spend, pair.spend, "amount_to_spend"),
        terms_for(
            customer_id=customer_id,
            operation=Operation(asked.operation),
            currency=pair.spend.code,
            pair=pair.name,
        ),
    )


def _money(text: str | None, asset: Asset, field: str) -> Money | None:
    if text is None:
        return None
    try:
        return Money.parse(text, asset)
    except InvalidAmount as wrong:
        raise InvalidField(f"{str(wrong).capitalize()}.", field=field) from None
