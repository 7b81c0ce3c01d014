"""``/portfolio/advice``: how money is best spread."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.instruments import errors as prices
from fondaco.instruments.queries.instruments import find_instruments
from fondaco.instruments.queries.prices import find_quoted
from fondaco.instruments.shapes import AssetChangeOut, Symbol
from fondaco.instruments.types import Instrument, Quoted
from fondaco.investing import errors
from fondaco.investing.actions.advice import give_advice
from fondaco.investing.api.fields import SEE, AdviceWireId, investor, percent, sum_in
from fondaco.investing.queries.advice import get_advice, list_advice
from fondaco.investing.types import Advice, AdviceAsk
from fondaco.kit import clock
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import MoneyIn, MoneyOut, Strict
from fondaco.kit.errors import InvalidField
from fondaco.money import Money
from fondaco.quant.scale import NAMES, LevelName, level_named, risk_of

router = Router(tags=["portfolio"])

WARNINGS = {
    "paper_execution": "Nothing is bought at an exchange: the house fills orders itself.",
    "past_is_no_promise": "Figures come from the past of companies that still exist. They are no promise.",
    "fallback_engine": "The service outside gave no answer that can be used; the house's engine answered.",
    "dates_are_shifted": "These are prices of years ago, moved on to end today: a demonstration.",
    "sum_exceeds_cash": "No single wallet of yours holds the sum.",
    "concentrated": "One asset has more than a quarter.",
}


class AdviceIn(Strict):
    """Take how much risk is wanted, and how much money is to be spread."""

    risk_level: Annotated[
        int | None,
        Field(ge=0, le=100, description="Absent: the risk of the advice followed last, else 50."),
    ] = None
    level: Annotated[
        LevelName | None, Field(description="One of ten words, instead of a number.")
    ] = None
    sum: Annotated[
        MoneyIn | None,
        Field(description="Fees included. Absent: what the fullest wallet has available."),
    ] = None
    assets: Annotated[
        list[Symbol],
        Field(max_length=200, description="What to choose from; empty: all that can be bought."),
    ] = Field(default_factory=list)

    def to_ask(self) -> AdviceAsk:
        """Give what is asked.

        :raises InvalidField: risk and level are both given, or the sum cannot be read
        """
        if self.risk_level is not None and self.level is not None:
            raise InvalidField("Give a risk or a level, not both.", field="level")
        risk = self.risk_level if self.level is None else risk_of(level_named(self.level))
        return AdviceAsk(risk=risk, total=sum_in(self.sum), symbols=self.assets)


class AdviceMetricsOut(Strict):
    """Show what is expected of an advised portfolio; 0.05 is 5 %."""

    rate_of_return: str = Field(description="Expected, per year.")
    volatility: str = Field(description="Expected, per year.")
    value_at_risk: str = Field(
        description="Historical, 95 %, one day: passed on one day in twenty at most."
    )
    value_at_risk_sum: MoneyOut
    expected_shortfall: str = Field(description="The mean loss of the worst twentieth of the days.")
    sharpe: str
    drawdown: str = Field(description="The deepest fall from a peak in the time looked at.")


class AdvicePointOut(Strict):
    """Show one level of the frontier."""

    level: int
    name: str
    rate_of_return: str
    volatility: str
    is_here: bool = Field(description="True: this advice is here.")


class AdvisedAssetOut(Strict):
    """Show one asset of an advice."""

    asset_name: str = Field(examples=["XNAS.AAPL"])
    long_name: str
    part_of_portfolio: str = Field(description="Per cent.")
    overall_sum: MoneyOut = Field(description="What the quantity costs.")
    quantity: str
    risk_part: str = Field(description="Of the volatility; all sum to 1.")
    statistics: AssetChangeOut | None = Field(description="Null: there is no price any more.")

    @classmethod
    def of(
        cls, told: Mapping[str, Any], advice: Advice, instrument: Instrument, quoted: Quoted | None
    ) -> "AdvisedAssetOut":
        """Show what was advised of one asset, with the price of now beside it."""
        return cls(
            asset_name=told["symbol"],
            long_name=instrument.name,
            part_of_portfolio=percent(told["parts"]),
            overall_sum=_amount(told["cost"], advice),
            quantity=told["quantity"],
            risk_part=told["risk_part"],
            statistics=AssetChangeOut.of(quoted) if quoted else None,
        )


class AdviceEngineOut(Strict):
    """Say who advised."""

    name: str = Field(examples=["fondaco", "outside"])
    version: str
    fallback: str | None = Field(
        description="Why the service outside was not followed; null: it was, or there is none."
    )


class AdviceWarningOut(Strict):
    """Say what to keep in mind."""

    code: str
    says: str


class AdviceOut(Strict):
    """Show an advice as it was given; it never changes."""

    id: AdviceWireId
    risk_level: int
    level: int
    level_name: str
    suggested_sum: MoneyOut
    fee: MoneyOut
    cash_left: MoneyOut = Field(description="What stays in the wallet of the sum.")
    engine: AdviceEngineOut
    metrics: AdviceMetricsOut
    assets: list[AdvisedAssetOut]
    frontier: list[AdvicePointOut]
    here: dict[str, str] = Field(description="Where this advice stands beside the frontier.")
    warnings: list[AdviceWarningOut]
    inputs: dict[str, Any] = Field(description="All that it was made of.")
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, advice: Advice) -> "AdviceOut":
        """Show an advice with the prices of now beside it."""
        listed = advice.answer["assets"]
        names = [one["symbol"] for one in listed]
        instruments = find_instruments(symbols=names, field="assets")
        quoted = find_quoted(symbols=names, at=clock.now())
        answer = advice.answer
        return cls(
            id=advice.id,
            risk_level=advice.risk,
            level=advice.level,
            level_name=NAMES[advice.level - 1],
            suggested_sum=MoneyOut.of(advice.total),
            fee=_amount(answer["fee"], advice),
            cash_left=_amount(answer["rest"], advice),
            engine=AdviceEngineOut(
                name=advice.engine,
                version=advice.engine_version,
                fallback=advice.fallback or None,
            ),
            metrics=AdviceMetricsOut(
                **{
                    **answer["metrics"],
                    "value_at_risk_sum": _amount(answer["metrics"]["value_at_risk_sum"], advice),
                }
            ),
            assets=[
                AdvisedAssetOut.of(
                    one, advice, instruments[one["symbol"]], quoted.get(one["symbol"])
                )
                for one in listed
            ],
            frontier=[
                AdvicePointOut(**one, is_here=one["level"] == advice.level)
                for one in answer["frontier"]
            ],
            here=answer["here"],
            warnings=[
                AdviceWarningOut(code=code, says=WARNINGS[code]) for code in answer["warnings"]
            ],
            inputs=dict(advice.inputs),
            created_at=advice.created_at,
            expires_at=advice.expires_at,
        )


def _amount(text: str, advice: Advice) -> MoneyOut:
    return MoneyOut.of(Money.parse(text, advice.total.asset))


_REFUSALS = (
    errors.NoCash,
    prices.UnknownInstrument,
    errors.AdviceUnavailable,
    prices.RateMissing,
    errors.SumTooSmall,
)


@router.post("/advice", status=201, errors=_REFUSALS)
def advise(request: HttpRequest, body: AdviceIn) -> AdviceOut:
    """Advise how a sum is best spread at a level of risk; nothing is bought."""
    asker = investor(request, SEE)
    return AdviceOut.of(
        give_advice(customer_id=asker.customer_id, ask=body.to_ask(), by=asker.actor)
    )


class AdviceRowOut(Strict):
    """Show an advice in a list."""

    id: AdviceWireId
    risk_level: int
    level_name: str
    suggested_sum: MoneyOut
    engine: str
    fallback: str | None
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, advice: Advice) -> "AdviceRowOut":
        """Show an advice."""
        return cls(
            id=advice.id,
            risk_level=advice.risk,
            level_name=NAMES[advice.level - 1],
            suggested_sum=MoneyOut.of(advice.total),
            engine=advice.engine,
            fallback=advice.fallback or None,
            created_at=advice.created_at,
            expires_at=advice.expires_at,
        )


@router.get("/advice")
def list_given_advice(request: HttpRequest, paging: Query[Paging]) -> Listing[AdviceRowOut]:
    """List the advice that one was given, newest first."""
    asker = investor(request, SEE)
    return paged(
        paging,
        lambda after, limit: list_advice(customer_id=asker.customer_id, after=after, limit=limit),
        AdviceRowOut.of,
    )


@router.get("/advice/{advice_id}", errors=(prices.UnknownInstrument,))
def show_advice(request: HttpRequest, advice_id: AdviceWireId) -> AdviceOut:
    """Show an advice as it was given."""
    asker = investor(request, SEE)
    return AdviceOut.of(get_advice(advice_id=advice_id, customer_id=asker.customer_id))
