"""What operators do with orders that are stuck: end them by hand, with a reason, along the table of states.

An order above the house's set amount takes the signatures that its policy wants.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final

from django.db import transaction
from pydantic import BaseModel, ConfigDict, Field

from fondaco.audit import actions as audit
from fondaco.exchange import models
from fondaco.exchange.actions import ending, entries
from fondaco.exchange.actions.placing import is_queued, where_to_cover
from fondaco.exchange.actions.settling import deliveries_of, tell_filled
from fondaco.exchange.actions.terms import desk_of
from fondaco.exchange.queries.orders import describe, get_exchange
from fondaco.exchange.refusals import CloseRefused
from fondaco.exchange.types import Exchange
from fondaco.kit import clock, ids
from fondaco.kit.access import Actor
from fondaco.kit.errors import InvalidField, NotFound, SignatureRequired
from fondaco.ledger import actions as ledger
from fondaco.market import queries as market
from fondaco.orders import actions as orders
from fondaco.orders.states import OrderState
from fondaco.orders.types import PREFIX, OrderId
from fondaco.signing import queries as signing
from fondaco.signing.effects import Effect
from fondaco.signing.types import Approval, Terms

CLOSE: Final = "exchange.close_order"
"""The action that signing policies name."""

_Sentence = Annotated[str, Field(min_length=1, max_length=500)]


class Ending(StrEnum):
    """How an order is ended by hand."""

    DELIVER = "deliver"
    """The customer gets what he ordered, out of what the house has."""
    REFUND = "refund"
    """What was held is his again."""


class CloseTerms(BaseModel):
    """Which order is ended how, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: str = Field(max_length=40)
    ending: Ending
    reason: _Sentence
    evidence: _Sentence


def close_order(*, asked: CloseTerms, by: Actor) -> Exchange:
    """End a stuck order alone.

    :raises SignatureRequired: its amount wants signatures
    :raises NotFound: there is no such order
    :raises CloseRefused: its state, or the books, do not allow it
    """
    order = _order(asked)
    if not signing.is_direct(owner=None, action=CLOSE, amount=order.total):
        raise SignatureRequired(facts={"action": CLOSE})
    return end_by_hand(asked=asked, by=by)


def end_by_hand(*, asked: CloseTerms, by: Actor) -> Exchange:
    """End a stuck order; money follows the states.

    :raises NotFound: there is no such order
    :raises CloseRefused: its state, or the books, do not allow it
    """
    order_id = _order(asked).order.id
    with transaction.atomic():
        order = _stopped(order_id, reason=asked.reason, by=by)
        if asked.ending is Ending.DELIVER:
            _deliver(order, reason=asked.reason, by=by)
        else:
            ending.end([order], to=OrderState.REJECTED, reason=asked.reason, by=by)
        audit.record(
            by=by, action=CLOSE, subject=order.order.wire_id, detail=asked.model_dump(mode="json")
        )
    return get_exchange(order_id=order_id)


def release_order(*, order_id: OrderId, by: Actor) -> Exchange:
    """Let an order go on that was held back for an operator, at the price that its customer was told.

    :raises NotFound: there is no such order
    :raises CloseRefused: it does not wait for this
    """
    with transaction.atomic():
        order = describe(orders.lock_order(order_id=order_id))
        waits = order.order.state is OrderState.WAITING_FOR_OPERATOR
        if not waits or order.batch_id is not None:
            raise CloseRefused(facts={"state": order.order.state.value})
        desk = desk_of(market.get_pair(name=order.pair))
        if order.cover.value == "immediate":
            to = where_to_cover(total=order.total, desk=desk)
            orders.move_order(order=order.order, to=to, by=by)
        else:
            to = OrderState.CLOSED
            _deliver(order, reason="", by=by)
        queued_at = clock.now() if is_queued(state=to, cover=order.cover) else None
        models.ExchangeOrder.objects.filter(order_id=order_id).update(queued_at=queued_at)
        audit.record(by=by, action="exchange.release_order", subject=order.order.wire_id)
    return get_exchange(order_id=order_id)


def reject_order(*, order_id: OrderId, reason: str, by: Actor) -> None:
    """Refuse an order that was held back, in the caller's transaction; one that moved on stays."""
    order = describe(orders.lock_order(order_id=order_id))
    if order.order.state is OrderState.WAITING_FOR_OPERATOR and order.batch_id is None:
        ending.end([order], to=OrderState.REJECTED, reason=reason, by=by)


def _stopped(order_id: OrderId, *, reason: str, by: Actor) -> Exchange:
    """Lock an order and bring it to where people decide."""
    header = orders.lock_order(order_id=order_id)
    order = describe(header)
    if order.hold_id is None or header.state in ending.ENDED:
        raise CloseRefused(facts={"state": header.state.value})
    if header.state is not OrderState.WAITING_FOR_OPERATOR:
        header = orders.move_order(
            order=header, to=OrderState.WAITING_FOR_OPERATOR, reason=reason, by=by
        )
    models.ExchangeOrder.objects.filter(order_id=order_id).update(queued_at=None)
    return describe(header)


def _deliver(order: Exchange, *, reason: str, by: Actor) -> None:
    refused = entries.first_refusal(ledger.post(deliveries_of(order, by=by), by=by))
    if refused is not None:
        raise CloseRefused(facts={"result": refused.reason.value})
    orders.move_order(order=order.order, to=OrderState.CLOSED, reason=reason, by=by)
    tell_filled(order, by=by)


def _order(asked: CloseTerms) -> Exchange:
    try:
        return get_exchange(order_id=ids.decode(PREFIX, asked.order))
    except ids.InvalidId:
        raise NotFound from None


def _terms(asked: CloseTerms) -> Terms:
    try:
        return Terms(subject=asked.order, amount=_order(asked).total)
    except NotFound:
        raise InvalidField("There is no such order.", field="order") from None


def _run(asked: CloseTerms, approval: Approval) -> Mapping[str, Any]:
    return {"state": end_by_hand(asked=asked, by=approval.by).order.state.value}


EFFECT: Final = Effect(kind=CLOSE, shape=CloseTerms, terms=_terms, run=_run)
