"""``/market``: what is traded and at which price; open to all."""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.kit.django.api.auth import find_principal
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict
from fondaco.market import queries
from fondaco.market.api.asking import PRICING, ExchangeAsk, read_ask
from fondaco.market.api.shapes import (
    CalculationOut,
    CandleOut,
    CandlesOut,
    MarketCurrenciesOut,
    MarketCurrencyOut,
    MarketPairOut,
    MarketPairsOut,
    PairName,
    RateOut,
    RatesOut,
)
from fondaco.market.errors import PairDisabled, PairNotFound, PairSuspended, RateUnavailable
from fondaco.market.states import CandleStep

router = Router(auth=None, tags=["market"])


class RatesIn(Strict):
    """Take which rate; all without it."""

    pair: PairName | None = None


class CandlesIn(Strict):
    """Take a pair, how much time one candle spans, and a time."""

    pair: PairName
    step: Annotated[CandleStep, Field(description="1m, 1h or 1d.")] = CandleStep.HOUR
    since: datetime | None = Field(default=None, alias="from")
    until: datetime | None = Field(default=None, alias="to")


@router.get("/currencies")
def list_market_currencies(request: HttpRequest) -> MarketCurrenciesOut:
    """List currencies with what they are for."""
    del request
    return MarketCurrenciesOut(
        items=[MarketCurrencyOut.of(one) for one in queries.list_currencies()]
    )


@router.get("/pairs")
def list_market_pairs(request: HttpRequest) -> MarketPairsOut:
    """List pairs in both directions."""
    del request
    return MarketPairsOut(items=[MarketPairOut.of(one) for one in queries.list_pairs()])


@router.get("/rates", errors=(PairNotFound, PairDisabled, PairSuspended, RateUnavailable))
def list_market_rates(request: HttpRequest, asked: Query[RatesIn]) -> RatesOut:
    """Give the rate of a pair, or those of all pairs that have one at this moment."""
    del request
    if asked.pair is None:
        return RatesOut(items=[RateOut.of(one) for one in queries.list_rates()])
    return RatesOut(items=[RateOut.of(queries.get_rate(pair=asked.pair))])


@router.get("/rates/history", errors=(PairNotFound,))
def list_rate_history(request: HttpRequest, asked: Query[CandlesIn]) -> CandlesOut:
    """Give a pair's candles, oldest first: those of a time, or the latest ones."""
    del request
    found = queries.list_candles(
        pair=asked.pair, step=asked.step, since=asked.since, until=asked.until
    )
    return CandlesOut(pair=asked.pair, step=asked.step, items=[CandleOut.of(one) for one in found])


@router.get("/calculate", errors=PRICING)
def calculate_exchange(request: HttpRequest, asked: Query[ExchangeAsk]) -> CalculationOut:
    """Give both amounts, fee, rate and limits for one of the amounts; promises nothing."""
    who = find_principal(request)
    found = read_ask(asked, who.customer_id if who else None)
    made = queries.calculate(
        pair=found.pair.name,
        amount_to_get=found.to_get,
        amount_to_spend=found.to_spend,
        terms=found.terms,
    )
    effective = found.terms.effective
    return CalculationOut.of(made, least=effective.min, most=effective.max)
