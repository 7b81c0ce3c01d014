"""Shapes of the market on the wire: prices are text, never floats."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from fondaco.kit.django.api.schemas import MoneyOut, Strict, WireId
from fondaco.market.rows import price_text
from fondaco.market.states import CandleStep, CurrencyKind, CurrencyUse
from fondaco.market.types import (
    QUOTE_PREFIX,
    Calculation,
    MarketCandle,
    MarketCurrency,
    MarketPair,
    Quote,
    Rate,
    Used,
)
from fondaco.policies.types import Bound

QuoteWireId = Annotated[UUID, WireId(QUOTE_PREFIX)]

_DIGITS_MAX = 60


def _read_price(value: Any) -> Any:
    text = f"{value}" if isinstance(value, Decimal | int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or len(text) > _DIGITS_MAX:
        raise PydanticCustomError("price", "A price is written as plain decimal digits.")
    whole, dot, places = text.partition(".")
    if not (whole.isascii() and whole.isdigit()) or (
        dot and not (places.isascii() and places.isdigit())
    ):
        raise PydanticCustomError("price", "A price is written as plain decimal digits.")
    return Decimal(text)


Price = Annotated[
    Decimal,
    BeforeValidator(_read_price),
    WithJsonSchema({"type": "string", "examples": ["20.00"], "description": "Plain digits."}),
]
"""A price that comes in as text or JSON number."""

PairName = Annotated[
    str,
    Field(
        pattern=r"^[A-Z][A-Z0-9.]{1,32}_[A-Z][A-Z0-9.]{1,32}$",
        examples=["BTC_USD"],
        description="GET_SPEND: what is got, what is spent.",
    ),
]


class MarketCurrencyOut(Strict):
    """Show a currency."""

    code: str
    name: str
    kind: CurrencyKind
    network: str = Field(description="The chain of a token; empty for all others.")
    contract: str
    scale: int = Field(description="Decimal places.")
    uses: list[CurrencyUse]
    is_enabled: bool
    version: int

    @classmethod
    def of(cls, one: MarketCurrency) -> Self:
        """Show a currency."""
        return cls(
            code=one.code,
            name=one.name,
            kind=one.kind,
            network=one.network,
            contract=one.contract,
            scale=one.asset.scale,
            uses=sorted(one.uses),
            is_enabled=one.is_enabled,
            version=one.version,
        )


class MarketCurrenciesOut(Strict):
    """Show all currencies by code."""

    items: list[MarketCurrencyOut]


class MarketPairOut(Strict):
    """Show one direction of a pair."""

    name: PairName
    currency_to_get: str
    currency_to_spend: str
    base_currency: str = Field(
        description="The same in both directions: prices are per unit of it."
    )
    is_enabled: bool
    is_suspended: bool

    @classmethod
    def of(cls, one: MarketPair) -> Self:
        """Show a pair."""
        return cls(
            name=one.name,
            currency_to_get=one.get.code,
            currency_to_spend=one.spend.code,
            base_currency=one.base.code,
            is_enabled=one.is_enabled,
            is_suspended=one.is_suspended,
        )


class MarketPairsOut(Strict):
    """Show all pairs, both directions, by name."""

    items: list[MarketPairOut]


class UsedOut(Strict):
    """Show a price that went into another."""

    source: str
    symbol: str
    price: str
    at: datetime

    @classmethod
    def of(cls, one: Used) -> Self:
        """Show it."""
        return cls(source=one.source, symbol=one.symbol, price=price_text(one.price), at=one.at)


class RateOut(Strict):
    """Show the price of one direction of a pair."""

    pair: PairName
    price: str = Field(description="SPEND per unit of GET, rounded to 20 digits.")
    base_currency: str
    base_currency_price: str = Field(
        description="The other currency per unit of the base currency, exact: amounts go by it."
    )
    sources: list[UsedOut]
    at: datetime = Field(description="The oldest time of what it is made of.")

    @classmethod
    def of(cls, rate: Rate) -> Self:
        """Show a rate."""
        return cls(
            pair=rate.pair,
            price=price_text(rate.price),
            base_currency=rate.base,
            base_currency_price=price_text(rate.base_price),
            sources=[UsedOut.of(one) for one in rate.sources],
            at=rate.at,
        )


class RatesOut(Strict):
    """Show rates by pair; pairs without a price at this moment are left out."""

    items: list[RateOut]


class CandleOut(Strict):
    """Show the middle prices of a time."""

    begins_at: datetime
    open: str
    high: str
    low: str
    close: str
    ticks: int = Field(description="How many prices were published.")

    @classmethod
    def of(cls, one: MarketCandle) -> Self:
        """Show a candle."""
        return cls(
            begins_at=one.begins_at,
            open=price_text(one.open),
            high=price_text(one.high),
            low=price_text(one.low),
            close=price_text(one.close),
            ticks=one.ticks,
        )


class CandlesOut(Strict):
    """Show candles, oldest first."""

    pair: PairName
    step: CandleStep
    items: list[CandleOut]


class BoundOut(Strict):
    """Show a limit as the policy has it."""

    amount: str
    currency: str = Field(description="The spent currency, or USD where the limit is in dollars.")

    @classmethod
    def of(cls, bound: Bound | None, spent: str) -> "BoundOut | None":
        """Show a limit, if there is one."""
        if bound is None:
            return None
        return cls(amount=bound.to_text(), currency="USD" if bound.in_usd else spent)


class CalculationOut(Strict):
    """Show what an exchange would be at this moment."""

    pair: PairName
    amount_to_get: MoneyOut
    amount_to_spend: MoneyOut = Field(description="All that is paid, fee included.")
    fee: MoneyOut
    price: str
    base_currency_price: str = Field(description="With the customer's own markup left out.")
    at: datetime
    min_to_spend: BoundOut | None
    max_to_spend: BoundOut | None

    @classmethod
    def of(cls, made: Calculation, *, least: Bound | None, most: Bound | None) -> Self:
        """Show a calculation with the limits of one operation."""
        spent = made.to_spend.asset.code
        return cls(
            pair=made.rate.pair,
            amount_to_get=MoneyOut.of(made.to_get),
            amount_to_spend=MoneyOut.of(made.to_spend),
            fee=MoneyOut.of(made.fee),
            price=price_text(made.rate.price),
            base_currency_price=price_text(made.rate.base_price),
            at=made.rate.at,
            min_to_spend=BoundOut.of(least, spent),
            max_to_spend=BoundOut.of(most, spent),
        )


class QuoteOut(Strict):
    """Show a quote."""

    id: QuoteWireId
    pair: PairName
    amount_to_get: MoneyOut
    amount_to_spend: MoneyOut = Field(description="All that is paid, fee included.")
    fee: MoneyOut
    price: str
    base_currency_price: str
    sources: list[UsedOut]
    made_at: datetime
    expires_at: datetime
    taken_at: datetime | None

    @classmethod
    def of(cls, quote: Quote) -> Self:
        """Show a quote."""
        return cls(
            id=quote.id,
            pair=quote.pair,
            amount_to_get=MoneyOut.of(quote.to_get),
            amount_to_spend=MoneyOut.of(quote.to_spend),
            fee=MoneyOut.of(quote.fee),
            price=price_text(quote.price),
            base_currency_price=price_text(quote.base_price),
            sources=[UsedOut.of(one) for one in quote.sources],
            made_at=quote.made_at,
            expires_at=quote.expires_at,
            taken_at=quote.taken_at,
        )
