"""``/operator/exchange``: what the house sees of orders, batches, positions and gains, and does."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.exchange import models, refusals
from fondaco.exchange.actions import closing, desk_work
from fondaco.exchange.actions.closing import CloseTerms, Ending
from fondaco.exchange.actions.desks import DeskTerms, set_desk
from fondaco.exchange.api.shapes import (
    BatchFileOut,
    BatchWireId,
    CoveringOut,
    DeskBatchOut,
    DeskOrderOut,
    ExchangeWireId,
)
from fondaco.exchange.api.taking import PairName
from fondaco.exchange.queries import covers, desks, orders, positions, queue
from fondaco.exchange.states import AtAge, BatchState, Cover, CoverState
from fondaco.exchange.types import BatchId, OrderKindName
from fondaco.kit import clock
from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import MoneyOut, Strict, Text
from fondaco.kit.errors import SignatureRequired
from fondaco.kit.ids import encode
from fondaco.kit.lifecycle import IllegalMove
from fondaco.market.errors import PairNotFound
from fondaco.operators.rights import Right
from fondaco.orders.states import OrderState
from fondaco.orders.types import PREFIX, OrderFilter, OrderId

router = Router(tags=["exchange desk"], auth=staff)

Reason = Annotated[Text, Field(min_length=1, max_length=500)]


class DeskOrderPaging(Paging):
    """Narrow the list of orders."""

    kind: OrderKindName = OrderKindName.PURCHASE
    state: OrderState | None = None


class BatchPaging(Paging):
    """Narrow the list of batches."""

    state: BatchState | None = None


class CoveringPaging(Paging):
    """Narrow the list of covering orders."""

    state: CoverState | None = None


class DaysIn(Strict):
    """Take a range of days."""

    since: Annotated[date | None, Field(alias="from")] = None
    until: Annotated[date | None, Field(alias="to")] = None


class CloseIn(Strict):
    """Take how a stuck order ends, why, and what proves it."""

    ending: Ending
    reason: Reason
    evidence: Reason


class BecauseIn(Strict):
    """Take a reason."""

    reason: Reason


class DeskIn(Strict):
    """Take how a pair is traded; amounts in minor units, absent members are left to the options."""

    cover: Cover
    symbol: Annotated[Text, Field(max_length=70)] = ""
    venues: Annotated[list[Annotated[Text, Field(max_length=80)]], Field(max_length=20)] = Field(
        default_factory=list
    )
    threshold_minor: Annotated[int | None, Field(ge=0)] = None
    age_max_s: Annotated[int | None, Field(ge=1, le=604_800)] = None
    at_age: AtAge = AtAge.TOP_UP
    slip_bps: Annotated[int | None, Field(ge=0, le=5_000)] = None
    net_at_minor: Annotated[int | None, Field(ge=0)] = None
    position_max_minor: Annotated[int | None, Field(ge=1)] = None


class DeskOut(Strict):
    """Show how a pair is traded."""

    pair: str
    cover: Cover
    symbol: str
    venues: list[str]
    threshold_minor: Decimal | None
    age_max_s: int | None
    at_age: AtAge
    slip_bps: int | None
    net_at_minor: Decimal | None
    position_max_minor: Decimal | None
    updated_at: datetime

    @classmethod
    def of(cls, row: models.Desk) -> Self:
        """Show a desk."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class DesksOut(Strict):
    """Show all desks."""

    items: list[DeskOut]


class DepthOut(Strict):
    """Show how much waits to be covered at one symbol."""

    symbol: str
    orders: int
    since: datetime
    base_minor: str = Field(description="Minor units of the base currency; below zero: to sell.")


class QueueOut(Strict):
    """Show what waits to be covered."""

    items: list[DepthOut]


class PositionsOut(Strict):
    """Show what the house bought for itself; below zero: sold beyond what it had."""

    items: list[MoneyOut]


class GainOut(Strict):
    """Show what a day's covering gained, in one quote currency."""

    day: date
    profit: MoneyOut
    venue_fees: MoneyOut
    orders: int
    not_valued: int


class GainsOut(Strict):
    """Show gains by day, the latest first."""

    items: list[GainOut]


@router.get("/orders")
def list_desk_orders(request: HttpRequest, paging: Query[DeskOrderPaging]) -> Listing[DeskOrderOut]:
    """List all customers' orders of a kind, newest first."""
    require(principal(request), Right.EXCHANGE_READ)
    return paged(
        paging,
        lambda after, limit: orders.list_exchanges(
            kind=paging.kind, narrow=OrderFilter(state=paging.state), after=after, limit=limit
        ),
        DeskOrderOut.of,
    )


@router.get("/orders/{order_id}")
def show_desk_order(request: HttpRequest, order_id: ExchangeWireId) -> DeskOrderOut:
    """Show an order with how it is covered and what the house gained by it."""
    require(principal(request), Right.EXCHANGE_READ)
    return DeskOrderOut.of(
        orders.get_exchange(order_id=order_id), covers.find_share(order_id=order_id)
    )


@router.post("/orders/{order_id}/release", errors=(refusals.CloseRefused, IllegalMove))
def release_order(request: HttpRequest, order_id: ExchangeWireId) -> DeskOrderOut:
    """Let an order go on that was held back for an operator."""
    by = require(principal(request), Right.EXCHANGE_CLOSE).actor
    return DeskOrderOut.of(closing.release_order(order_id=OrderId(order_id), by=by))


@router.post(
    "/orders/{order_id}/close", errors=(refusals.CloseRefused, SignatureRequired, IllegalMove)
)
def close_order(request: HttpRequest, order_id: ExchangeWireId, body: CloseIn) -> DeskOrderOut:
    """End a stuck order by hand: its customer gets what he ordered, or his money back."""
    by = require(principal(request), Right.EXCHANGE_CLOSE).actor
    asked = CloseTerms(
        order=encode(PREFIX, order_id),
        ending=body.ending,
        reason=body.reason,
        evidence=body.evidence,
    )
    return DeskOrderOut.of(closing.close_order(asked=asked, by=by))


@router.get("/queue")
def show_queue(request: HttpRequest) -> QueueOut:
    """Show the open batches: what waits to be covered."""
    require(principal(request), Right.EXCHANGE_READ)
    return QueueOut(
        items=[
            DepthOut(
                symbol=one.symbol,
                orders=one.orders,
                since=one.since,
                base_minor=str(one.base_minor),
            )
            for one in queue.list_depths()
        ]
    )


@router.get("/batches")
def list_batches(request: HttpRequest, paging: Query[BatchPaging]) -> Listing[DeskBatchOut]:
    """List closed batches, newest first."""
    require(principal(request), Right.EXCHANGE_READ)
    return paged(
        paging,
        lambda after, limit: covers.list_batches(state=paging.state, after=after, limit=limit),
        DeskBatchOut.of,
    )


@router.get("/batches/{batch_id}")
def show_batch(request: HttpRequest, batch_id: BatchWireId) -> BatchFileOut:
    """Show a batch with its orders, covering orders, trades, and who has what of them."""
    require(principal(request), Right.EXCHANGE_READ)
    return _file(BatchId(batch_id))


@router.post("/batches/{batch_id}/retry", errors=(IllegalMove,))
def retry_batch(request: HttpRequest, batch_id: BatchWireId, body: BecauseIn) -> DeskBatchOut:
    """Have a batch be covered again that waits for people."""
    by = require(principal(request), Right.EXCHANGE_CLOSE).actor
    return DeskBatchOut.of(
        desk_work.retry_batch(batch_id=BatchId(batch_id), reason=body.reason, by=by)
    )


@router.post("/batches/{batch_id}/give-up", errors=(IllegalMove, refusals.CloseRefused))
def give_up_batch(request: HttpRequest, batch_id: BatchWireId, body: BecauseIn) -> DeskBatchOut:
    """End a batch as it stands: whose coins were not bought gets his money back."""
    by = require(principal(request), Right.EXCHANGE_CLOSE).actor
    return DeskBatchOut.of(
        desk_work.give_up_batch(batch_id=BatchId(batch_id), reason=body.reason, by=by)
    )


@router.get("/covering-orders")
def list_coverings(request: HttpRequest, paging: Query[CoveringPaging]) -> Listing[CoveringOut]:
    """List the house's orders at venues, newest first."""
    require(principal(request), Right.EXCHANGE_READ)
    return paged(
        paging,
        lambda after, limit: covers.list_coverings(state=paging.state, after=after, limit=limit),
        CoveringOut.of,
    )


@router.get("/desks")
def list_desks(request: HttpRequest) -> DesksOut:
    """List how pairs are traded; a pair that is not listed is traded by the options."""
    require(principal(request), Right.EXCHANGE_READ)
    return DesksOut(items=[DeskOut.of(row) for row in desks.list_desks()])


@router.put("/desks/{pair}", errors=(PairNotFound,))
def put_desk(request: HttpRequest, pair: PairName, body: DeskIn) -> DeskOut:
    """Say how a pair is traded: whether and when the house buys back, where, and within which limits."""
    by = require(principal(request), Right.EXCHANGE_DESK).actor
    terms = DeskTerms(**{**body.model_dump(), "venues": tuple(body.venues)})
    return DeskOut.of(set_desk(pair=pair, terms=terms, by=by))


@router.get("/positions")
def show_positions(request: HttpRequest) -> PositionsOut:
    """Show the house's position in each currency."""
    require(principal(request), Right.EXCHANGE_READ)
    return PositionsOut(items=[MoneyOut.of(one) for one in positions.list_positions()])


@router.get("/gains")
def show_gains(request: HttpRequest, days: Query[DaysIn]) -> GainsOut:
    """Show what the house gained by covering, by day (UTC): the last thirty unless asked otherwise."""
    require(principal(request), Right.EXCHANGE_READ)
    until = days.until or clock.today()
    since = days.since or date.fromordinal(max(1, until.toordinal() - 29))
    return GainsOut(
        items=[
            GainOut(
                day=date.fromisoformat(one.day),
                profit=MoneyOut.of(one.profit),
                venue_fees=MoneyOut.of(one.fees),
                orders=one.orders,
                not_valued=one.unknown,
            )
            for one in covers.list_gains(since=since.isoformat(), until=until.isoformat())
        ]
    )


def _file(batch_id: BatchId) -> BatchFileOut:
    found = covers.list_coverings(batch_id=batch_id, limit=200).items
    return BatchFileOut.of(
        covers.get_batch(batch_id=batch_id),
        orders.list_of_batch(batch_id=batch_id),
        found,
        covers.list_trades(cover_ids=[one.id for one in found]),
        covers.list_shares(batch_id=batch_id),
    )
