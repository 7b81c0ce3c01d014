"""Take orders: many at once, with one statement for each step of all of them.

One order and a hundred go the same way, since what costs is the statement and the commit, not the row. The
order of things is that of every action: what is asked is priced and checked, the books move or hold the
money, then the orders are written as the books took them, with their events.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from fondaco.exchange.actions import accounts, entries, terms
from fondaco.exchange.actions.writing import Taken, write_orders
from fondaco.exchange.queries.venues import has_venue
from fondaco.exchange.refusals import NoVenue, PriceMoved
from fondaco.exchange.states import Cover, Flavour
from fondaco.exchange.types import Ask, Desk, Exchange, Priced
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.errors import DomainError
from fondaco.kit.ids import encode, uuid7
from fondaco.kit.options import options
from fondaco.ledger import actions as ledger
from fondaco.ledger.types import Outcome, Transfer, TransferId
from fondaco.market import queries as market
from fondaco.market.types import MarketPair
from fondaco.money import Money
from fondaco.orders.actions import check_callback_url
from fondaco.orders.states import OrderState
from fondaco.orders.types import Order, OrderId
from fondaco.policies import types as policies
from fondaco.policies.actions.checking import check, give_back
from fondaco.policies.types import Effective
from fondaco.wallets.refusals import refusal_of
from fondaco.wallets.types import WALLET


@dataclass(slots=True)
class Placing:
    """One order on its way into the books; ends with ``refusal``, or ``exchange``, or both.

    Both: the books refused, and the attempt stays as an order in the state ``error``.
    """

    customer_id: UUID
    ask: Ask
    by: Actor
    id: OrderId = field(default_factory=lambda: OrderId(uuid7()))
    refusal: DomainError | None = None
    exchange: Exchange | None = None


@dataclass(slots=True, kw_only=True)
class _Draft:
    """What is known of an order before the books were asked."""

    placing: Placing
    pair: MarketPair
    rules: Effective
    desk: Desk
    priced: Priced
    is_held_back: bool = False
    """An operator has to look at it first."""
    exchange: Exchange | None = None
    transfers: Sequence[Transfer] = ()

    @property
    def is_whole_at_once(self) -> bool:
        """Tell whether the house sells its own now, so that nobody has to wait."""
        flavour = self.placing.ask.flavour
        if self.is_held_back or flavour is Flavour.LIMIT:
            return False
        return flavour is Flavour.MARKET or self.desk.cover is not Cover.IMMEDIATE


def place_all(placings: Sequence[Placing]) -> None:
    """Take orders in the caller's transaction; one that is refused spoils no other."""
    begun = (_try(one, partial(_begin, one)) for one in placings)
    drafts = [draft for draft in begun if draft is not None]
    at = clock.now()
    accepted = [d for d in drafts if _try(d.placing, partial(_check, d, at)) is not None]
    if not accepted:
        return
    moves = [move for draft in accepted for move in draft.transfers]
    outcomes = iter(ledger.post(moves, by=accepted[0].placing.by))
    write_orders([_take(draft, outcomes) for draft in accepted], at=at)


def place(placing: Placing) -> Exchange:
    """Take one order in the caller's transaction.

    :raises DomainError: it is refused by price, rule or quote; one that the books refuse is given back
        instead, in the state ``error``
    """
    place_all([placing])
    if placing.exchange is None:
        assert placing.refusal is not None
        raise placing.refusal
    return placing.exchange


def where_to_cover(*, total: Money, desk: Desk) -> OrderState:
    """Give where a purchase waits: a total of exactly the threshold is large, and is covered alone."""
    return OrderState.AGGREGATED if total < desk.threshold else OrderState.IN_PROGRESS


def base_minor(exchange: Exchange, *, base_code: str) -> int:
    """Give what the house has to buy at the venue for an order; below zero: to sell."""
    if exchange.get.asset.code == base_code:
        return exchange.get.minor
    return -exchange.net.minor


def _try(one: Placing, step: Callable[[], _Draft]) -> _Draft | None:
    """Take a step, and keep its refusal with the order."""
    try:
        return step()
    except DomainError as refusal:
        one.refusal = refusal
        return None


def _begin(one: Placing) -> _Draft:
    """Price the order by the house's own price and the customer's rules."""
    ask = one.ask
    check_callback_url(ask.callback_url)
    priced = None
    if ask.quote_id is not None:
        priced = terms.take_quote(ask=ask, customer_id=one.customer_id, by=one.by)
    pair = market.get_pair(name=priced.pair if priced else ask.pair)
    rules = terms.rules_of(flavour=ask.flavour, pair=pair, customer_id=one.customer_id)
    desk = terms.desk_of(pair, rules=rules)
    if priced is None:
        priced = terms.price_of(pair=pair.name, rules=rules, get=ask.get, spend=ask.spend)
    if ask.flavour is Flavour.LIMIT:
        priced = terms.at_limit(priced, ask=ask, rules=rules, pair=pair)
    elif ask.limit_price is not None and priced.price > ask.limit_price:
        raise PriceMoved(facts={"price": format(priced.price, "f")})
    draft = _Draft(placing=one, pair=pair, rules=rules, desk=desk, priced=priced)
    if not draft.is_whole_at_once and desk.cover is Cover.IMMEDIATE and not has_venue(desk):
        raise NoVenue
    return draft


def _check(draft: _Draft, at: datetime) -> _Draft:
    """Ask the rules, and write down what is going to happen."""
    one = draft.placing
    can_wait = one.ask.flavour is Flavour.PURCHASE
    decision = check(
        ask=policies.Ask(
            customer=one.customer_id,
            operation=terms.OPERATIONS[one.ask.flavour],
            amount=draft.priced.total,
            pair=draft.pair.name,
        ),
        reference=one.id,
        can_wait=can_wait,
        by=one.by,
    )
    draft.is_held_back = can_wait and (
        decision.verdict is policies.Verdict.HOLD or draft.rules.needs_operator
    )
    draft.exchange = _exchange(draft, at)
    draft.transfers = _transfers(draft)
    return draft


def _exchange(draft: _Draft, at: datetime) -> Exchange:
    one, priced, desk = draft.placing, draft.priced, draft.desk
    ask = one.ask
    state = _state(draft)
    hold_id = None if draft.is_whole_at_once else TransferId(uuid7())
    made = Exchange(
        order=_header(draft, state, hold_id, at),
        flavour=ask.flavour,
        pair=priced.pair,
        wallet_id=ask.wallet_id,
        net=priced.net,
        fee=priced.fee,
        get=priced.get,
        price=format(priced.price, "f"),
        sources=priced.sources,
        priced_at=priced.at,
        quote_id=ask.quote_id,
        limit_price="" if ask.limit_price is None else format(ask.limit_price, "f"),
        fixed=priced.fixed,
        expires_at=_expiry(ask, at),
        spend_account=accounts.of_wallet(ask.wallet_id, asset=draft.pair.spend, by=one.by),
        get_account=accounts.of_wallet(ask.wallet_id, asset=draft.pair.get, by=one.by),
        hold_id=hold_id,
        symbol="" if desk.cover is Cover.OFF else desk.symbol,
        base_minor=0,
        cover=desk.cover,
        queued_at=at if is_queued(state=state, cover=desk.cover) else None,
        batch_id=None,
    )
    return replace(made, base_minor=base_minor(made, base_code=desk.base_code))


def is_queued(*, state: OrderState, cover: Cover) -> bool:
    """Tell whether an order that comes to a state has to be covered from then on."""
    at_once = {OrderState.AGGREGATED, OrderState.IN_PROGRESS}
    return state in at_once or (state is OrderState.CLOSED and cover is not Cover.OFF)


def _state(draft: _Draft) -> OrderState:
    if draft.is_whole_at_once:
        return OrderState.CLOSED
    if draft.is_held_back:
        return OrderState.WAITING_FOR_OPERATOR
    if draft.placing.ask.flavour is Flavour.LIMIT:
        return OrderState.WAITING_FOR_PRICE
    return where_to_cover(total=draft.priced.total, desk=draft.desk)


def _header(draft: _Draft, state: OrderState, hold_id: TransferId | None, at: datetime) -> Order:
    one, ask, priced = draft.placing, draft.placing.ask, draft.priced
    return Order(
        id=one.id,
        kind=terms.KINDS[ask.flavour].value,
        state=state,
        customer_id=one.customer_id,
        amount=priced.net,
        fee=priced.fee,
        comment=ask.comment,
        callback_url=ask.callback_url,
        repeats_id=ask.repeats_id,
        reference=hold_id,
        details={
            "pair": priced.pair,
            "get": priced.get.to_text(),
            "get_currency": priced.get.asset.code,
            "wallet": encode(WALLET, ask.wallet_id),
        },
        created_at=at,
        updated_at=at,
    )


def _expiry(ask: Ask, at: datetime) -> datetime | None:
    if ask.flavour is not Flavour.LIMIT:
        return None
    return ask.expires_at or at + timedelta(days=options().exchange_limit_days)


def _transfers(draft: _Draft) -> list[Transfer]:
    order, by = draft.exchange, draft.placing.by
    assert order is not None
    trading = accounts.trading(order.net.asset, by=by)
    if order.hold_id is not None:
        return [entries.hold(order, transfer_id=order.hold_id, trading=trading)]
    return entries.exchange_now(
        order,
        trading_spend=trading,
        trading_get=accounts.trading(order.get.asset, by=by),
        fees=accounts.fees(order.fee.asset, operation=order.order.kind, by=by),
    )


def _take(draft: _Draft, outcomes: Iterator[Outcome]) -> Taken:
    """Hear how the books took an order, and say what is written of it."""
    order, one = draft.exchange, draft.placing
    assert order is not None
    mine = [next(outcomes) for _ in draft.transfers]
    refused = entries.first_refusal(mine)
    reference = order.hold_id or TransferId(mine[0].id)
    header = replace(order.order, reference=reference)
    if refused is None:
        one.exchange = replace(order, order=header)
        return Taken(exchange=one.exchange, by=one.by)
    give_back(reference=one.id)
    one.refusal = refusal_of(refused)
    one.refusal.facts["order"] = header.wire_id
    details = {**header.details, "refusal": one.refusal.code}
    header = replace(header, state=OrderState.ERROR, details=details)
    one.exchange = replace(order, order=header, hold_id=None, queued_at=None)
    return Taken(exchange=one.exchange, by=one.by, refusal=one.refusal.code)
