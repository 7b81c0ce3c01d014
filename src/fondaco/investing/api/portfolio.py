"""``/portfolio``: what one holds, how it did, what the rules say, and how it is kept."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.instruments import errors as prices
from fondaco.instruments.shapes import AssetChangeOut, Symbol, direction, plain
from fondaco.investing import errors
from fondaco.investing.actions.portfolios import change_settings
from fondaco.investing.api.fields import SEE, TRADE, ActivityWireId, AdviceWireId, investor, percent
from fondaco.investing.queries.activities import list_activities
from fondaco.investing.queries.performance import Performance, get_performance
from fondaco.investing.queries.portfolio import get_portfolio
from fondaco.investing.queries.xray import Balance, examine_portfolio, get_balance
from fondaco.investing.states import ActivityKind, LotMethod
from fondaco.investing.types import (
    Activity,
    OpenLot,
    Portfolio,
    PortfolioSettings,
    Position,
    Reconciliation,
)
from fondaco.investing.xray import Finding
from fondaco.kit import clock
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import MoneyOut, Strict, Text
from fondaco.money import Money
from fondaco.orders.shapes import OrderWireId

router = Router(tags=["portfolio"])

_HUNDRED = Decimal(100)
_PERCENT_PLACES = Decimal("0.0001")


class PortfolioSettingsOut(Strict):
    """Show how a portfolio is kept."""

    currency: str
    lot_method: LotMethod
    band_bps: int
    benchmark: str | None

    @classmethod
    def of(cls, settings: PortfolioSettings) -> "PortfolioSettingsOut":
        """Show settings."""
        return cls(
            currency=settings.currency.code,
            lot_method=settings.method,
            band_bps=settings.band_bps,
            benchmark=settings.benchmark or None,
        )


class PositionOut(Strict):
    """Show what is held of one asset in one place."""

    asset_name: str
    long_name: str
    account: str | None = Field(description="An account outside; null: at this house.")
    currency: str = Field(description="The asset's own.")
    quantity: str
    part_of_portfolio: str = Field(description="Per cent.")
    overall_sum: MoneyOut = Field(description="What the shares were bought for.")
    value: MoneyOut
    profit: MoneyOut = Field(description="Without sign; the direction is apart.")
    profit_percent: str
    profit_direction: str = Field(examples=["+"])
    statistics: AssetChangeOut

    @classmethod
    def of(cls, one: Position) -> "PositionOut":
        """Show a position."""
        gained = one.profit
        size = Money(abs(gained.minor), gained.asset)
        share = Decimal(size.minor) * _HUNDRED / one.cost.minor if one.cost.minor else Decimal(0)
        return cls(
            asset_name=one.instrument.symbol,
            long_name=one.instrument.name,
            account=one.outside or None,
            currency=one.instrument.currency.code,
            quantity=one.shares.to_text(),
            part_of_portfolio=percent(one.parts),
            overall_sum=MoneyOut.of(one.cost),
            value=MoneyOut.of(one.value),
            profit=MoneyOut.of(size),
            profit_percent=plain(share.quantize(_PERCENT_PLACES)) or "",
            profit_direction=direction(gained.minor),
            statistics=AssetChangeOut.of(one.quoted),
        )


class PortfolioSumsOut(Strict):
    """Explain the value: paid_in - paid_out + realised + unrealised + income - fees, to the cent."""

    paid_in: MoneyOut
    paid_out: MoneyOut
    realised: MoneyOut
    unrealised: MoneyOut
    currency_effect: MoneyOut = Field(description="The part of unrealised that rates brought.")
    income: MoneyOut
    fees: MoneyOut
    value: MoneyOut
    difference: MoneyOut = Field(description="What is not explained: always nothing.")

    @classmethod
    def of(cls, told: Reconciliation) -> "PortfolioSumsOut":
        """Show sums."""
        return cls(
            paid_in=MoneyOut.of(told.paid_in),
            paid_out=MoneyOut.of(told.paid_out),
            realised=MoneyOut.of(told.realised),
            unrealised=MoneyOut.of(told.unrealised),
            currency_effect=MoneyOut.of(told.currency_effect),
            income=MoneyOut.of(told.income),
            fees=MoneyOut.of(told.fees),
            value=MoneyOut.of(told.value),
            difference=MoneyOut.of(told.difference),
        )


class PortfolioOut(Strict):
    """Show all that one holds."""

    invested_sum: MoneyOut = Field(description="What all that is held was bought for.")
    sums: PortfolioSumsOut
    settings: PortfolioSettingsOut
    execution: str = "paper"
    assets: list[PositionOut]

    @classmethod
    def of(cls, portfolio: Portfolio) -> "PortfolioOut":
        """Show a portfolio."""
        currency = portfolio.settings.currency
        cost = sum(one.cost.minor for one in portfolio.positions)
        return cls(
            invested_sum=MoneyOut.of(Money(cost, currency)),
            sums=PortfolioSumsOut.of(portfolio.reconciliation),
            settings=PortfolioSettingsOut.of(portfolio.settings),
            assets=[PositionOut.of(one) for one in portfolio.positions],
        )


class PortfolioLotOut(Strict):
    """Show a purchase of which something is still held."""

    id: ActivityWireId
    asset_name: str
    account: str | None
    quantity: str
    overall_sum: MoneyOut
    bought_at: datetime

    @classmethod
    def of(cls, lot: OpenLot) -> "PortfolioLotOut":
        """Show a lot."""
        return cls(
            id=lot.id,
            asset_name=lot.symbol,
            account=lot.outside or None,
            quantity=lot.shares.to_text(),
            overall_sum=MoneyOut.of(lot.cost),
            bought_at=lot.bought_at,
        )


class PortfolioLotsOut(Strict):
    """Show all lots, those of one asset together and the oldest first."""

    items: list[PortfolioLotOut]


class PortfolioActivityOut(Strict):
    """Show one thing that happened."""

    id: ActivityWireId
    kind: ActivityKind
    account: str | None
    asset_name: str | None
    quantity: str | None
    price: str | None
    overall_sum: MoneyOut
    ratio: str | None = Field(description="Of a split.")
    order: OrderWireId | None
    at: datetime

    @classmethod
    def of(cls, one: Activity) -> "PortfolioActivityOut":
        """Show an activity."""
        return cls(
            id=one.id,
            kind=one.kind,
            account=one.outside or None,
            asset_name=one.symbol or None,
            quantity=one.shares.to_text() if one.shares else None,
            price=plain(one.price),
            overall_sum=MoneyOut.of(one.cash),
            ratio=one.ratio or None,
            order=one.order_id,
            at=one.at,
        )


class PortfolioDayOut(Strict):
    """Show what the portfolio was worth at the end of a day."""

    day: date
    value: str


class PortfolioPerformanceOut(Strict):
    """Show returns side by side; 0.05 is 5 %."""

    since: date
    until: date
    time_weighted: str = Field(description="How the choice did, whenever money came.")
    money_weighted: str | None = Field(
        description="Per year: the rate that explains all flows; null where none does."
    )
    simple: str = Field(description="Profit as a part of all that was paid in.")
    benchmark: str | None
    benchmark_time_weighted: str | None
    benchmark_value: MoneyOut | None = Field(
        description="What there would be, had the same flows bought the benchmark."
    )
    sums: PortfolioSumsOut
    currency: str
    series: list[PortfolioDayOut]

    @classmethod
    def of(cls, told: Performance) -> "PortfolioPerformanceOut":
        """Show returns."""
        return cls(
            since=told.since,
            until=told.until,
            time_weighted=told.by_time,
            money_weighted=told.by_money,
            simple=told.simple,
            benchmark=told.benchmark or None,
            benchmark_time_weighted=told.benchmark_by_time,
            benchmark_value=MoneyOut.of(told.benchmark_value) if told.benchmark_value else None,
            sums=PortfolioSumsOut.of(told.portfolio.reconciliation),
            currency=told.portfolio.settings.currency.code,
            series=[PortfolioDayOut(day=day, value=value.to_text()) for day, value in told.series],
        )


class PortfolioFindingOut(Strict):
    """Show what one rule says."""

    code: str
    says: str
    figure_bps: int = Field(description="Hundredths of a per cent.")
    border_bps: int
    is_floor: bool = Field(description="True: the figure should not be below; else not above.")
    broken: bool

    @classmethod
    def of(cls, one: Finding) -> "PortfolioFindingOut":
        """Show a finding."""
        return cls(
            code=one.rule.code,
            says=one.rule.says,
            figure_bps=one.figure_bps,
            border_bps=one.rule.border_bps,
            is_floor=one.rule.is_floor,
            broken=one.is_broken,
        )


class PortfolioXrayOut(Strict):
    """Show what all rules say."""

    items: list[PortfolioFindingOut]


class PortfolioDriftOut(Strict):
    """Show how far one part is from its target."""

    asset_name: str
    part: str = Field(description="Per cent.")
    target: str
    outside_band: bool


class PortfolioBalanceOut(Strict):
    """Show whether the portfolio is still what was advised."""

    advice: AdviceWireId
    band_bps: int
    is_due: bool
    assets: list[PortfolioDriftOut]

    @classmethod
    def of(cls, told: Balance) -> "PortfolioBalanceOut":
        """Show the distance."""
        return cls(
            advice=told.advice.id,
            band_bps=told.band_bps,
            is_due=told.is_due,
            assets=[
                PortfolioDriftOut(
                    asset_name=one.symbol,
                    part=percent(one.parts),
                    target=percent(one.target),
                    outside_band=one.is_outside,
                )
                for one in told.drifts
            ],
        )


class PortfolioActivitiesIn(Paging):
    """Choose a kind and a page."""

    kind: ActivityKind | None = None


class PortfolioSettingsIn(Strict):
    """Take what is to change; what is absent stays."""

    lot_method: LotMethod | None = None
    band_bps: Annotated[int, Field(ge=1, le=10_000)] | None = None
    benchmark: Annotated[
        Symbol | Annotated[Text, Field(max_length=0)] | None,
        Field(description="Empty: none."),
    ] = None


@router.get("", errors=(prices.RateMissing,))
def show_portfolio(request: HttpRequest) -> PortfolioOut:
    """Show what one holds at the latest prices; an empty one is shown, too."""
    asker = investor(request, SEE)
    return PortfolioOut.of(get_portfolio(customer_id=asker.customer_id, at=clock.now()))


@router.get("/lots", errors=(prices.RateMissing,))
def list_portfolio_lots(request: HttpRequest) -> PortfolioLotsOut:
    """List the purchases of which something is still held."""
    asker = investor(request, SEE)
    found = get_portfolio(customer_id=asker.customer_id, at=clock.now())
    return PortfolioLotsOut(items=[PortfolioLotOut.of(lot) for lot in found.lots])


@router.get("/activities")
def list_portfolio_activities(
    request: HttpRequest, paging: Query[PortfolioActivitiesIn]
) -> Listing[PortfolioActivityOut]:
    """List all that happened, newest first: purchases, sales, dividends, splits and fees."""
    asker = investor(request, SEE)
    return paged(
        paging,
        lambda after, limit: list_activities(
            customer_id=asker.customer_id, kind=paging.kind, after=after, limit=limit
        ),
        PortfolioActivityOut.of,
    )


@router.get("/performance", errors=(prices.RateMissing, errors.NoTarget))
def show_portfolio_performance(request: HttpRequest) -> PortfolioPerformanceOut:
    """Show how well the portfolio did by time, by money and simply, beside its benchmark."""
    asker = investor(request, SEE)
    found = get_performance(customer_id=asker.customer_id, at=clock.now())
    if found is None:
        raise errors.NoTarget("Nothing was ever bought, so there is no return.")
    return PortfolioPerformanceOut.of(found)


@router.get("/xray", errors=(prices.RateMissing,))
def examine_my_portfolio(request: HttpRequest) -> PortfolioXrayOut:
    """Show what the rules say of the portfolio as a whole."""
    asker = investor(request, SEE)
    found = examine_portfolio(customer_id=asker.customer_id, at=clock.now())
    return PortfolioXrayOut(items=[PortfolioFindingOut.of(one) for one in found])


@router.get("/rebalancing", errors=(errors.NoTarget, prices.RateMissing))
def show_portfolio_balance(request: HttpRequest) -> PortfolioBalanceOut:
    """Show how far the portfolio is from the advice that was followed last."""
    asker = investor(request, SEE)
    return PortfolioBalanceOut.of(get_balance(customer_id=asker.customer_id, at=clock.now()))


@router.patch("/settings")
def change_portfolio_settings(
    request: HttpRequest, body: PortfolioSettingsIn
) -> PortfolioSettingsOut:
    """Choose how lots are sold, from which distance parts are told, and what to compare with."""
    asker = investor(request, TRADE)
    return PortfolioSettingsOut.of(
        change_settings(
            customer_id=asker.customer_id,
            method=body.lot_method,
            band_bps=body.band_bps,
            benchmark=body.benchmark,
            by=asker.actor,
        )
    )
