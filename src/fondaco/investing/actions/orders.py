"""Change a portfolio as it was quoted: sales and purchases in one linked group, or nothing at all.

Sales come first, so what they bring counts for the purchases. A refusal by the books is not raised: the order
ends in the state ``error``, the attempt stays in the histories, and both commit.
"""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.instruments.queries.instruments import find_instruments
from fondaco.investing import models
from fondaco.investing.actions.portfolios import (
    fees_account,
    lock_portfolio,
    open_holdings,
    open_portfolio,
    paper_account,
)
from fondaco.investing.actions.quotes import held_quantities, make_quote
from fondaco.investing.errors import (
    LotsDiffer,
    QuoteExpired,
    QuoteOutdated,
    QuoteUsed,
)
from fondaco.investing.events import PortfolioChanged, TradeDone
from fondaco.investing.lots import BadHistory, replay
from fondaco.investing.queries.activities import move_of, read_story
from fondaco.investing.queries.quotes import describe_quote
from fondaco.investing.states import ActivityKind, LotMethod
from fondaco.investing.types import ADVICE, Leg, Quote, QuoteAsk, TransferKind
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import encode, uuid7
from fondaco.ledger import actions as ledger
from fondaco.ledger.types import AccountId, Outcome, Result, Transfer, TransferId
from fondaco.money import Money
from fondaco.orders import actions as orders
from fondaco.orders.states import OrderState
from fondaco.orders.types import NewOrder, Order
from fondaco.policies.actions.checking import check, give_back
from fondaco.policies.types import Ask, Operation
from fondaco.wallets.actions.currencies import open_currency
from fondaco.wallets.refusals import refusal_of
from fondaco.wallets.types import CUSTOMER, WALLET

KIND: Final = "portfolio"
"""The kind of order."""


def invest(*, customer_id: UUID, ask: QuoteAsk, by: Actor) -> Order:
    """Quote and order in one step; give the order, ``closed`` or in ``error``.

    :raises DomainError: whatever :func:`make_quote` and :func:`take_quote` refuse
    """
    with transaction.atomic():
        lock_portfolio(customer_id)
        quote = make_quote(customer_id=customer_id, ask=ask, by=by)
        return take_quote(customer_id=customer_id, quote_id=quote.id, by=by)


def take_quote(*, customer_id: UUID, quote_id: UUID, by: Actor) -> Order:
    """Carry out a quote at its prices, all of it or nothing; give the order, ``closed`` or in ``error``.

    :raises NotFound: the customer has no such quote
    :raises QuoteUsed, QuoteExpired: it became an order before, or its prices are not held any more
    :raises QuoteOutdated: he holds something else than when it was made
    :raises LotsDiffer: the purchases that are named do not add up to what is sold
    :raises CurrencyDiffers: the portfolio is kept in another currency
    :raises DomainError: whatever policies refuse (:data:`fondaco.policies.errors.CHECKING`)
    """
    order_id = uuid7()
    with transaction.atomic():
        lock_portfolio(customer_id)
        row = _check(customer_id, quote_id)
        quote = describe_quote(row)
        currency = quote.fee.asset
        portfolio = open_portfolio(
            customer_id=customer_id, currency=currency, wallet_id=quote.wallet_id
        )
        activities = _activities(quote, portfolio)
        asked = Ask(
            customer=customer_id,
            operation=Operation.PORTFOLIO_ORDER,
            amount=quote.bought + quote.sold,
            codes=tuple(leg.symbol for leg in quote.legs),
        )
        # The fee is the quote's: what was shown is what is taken, as the prices are.
        check(ask=asked, reference=order_id, by=by)
        wallet = open_currency(wallet_id=quote.wallet_id, asset=currency, by=by)
        order = orders.open_order(ask=_header(quote, customer_id, order_id), by=by)
        transfers = _transfers(quote, order, wallet, by=by)
        outcomes = ledger.post(transfers, by=by)
        if not all(outcome.is_done for outcome in outcomes):
            return _refuse(order, transfers, outcomes, by=by)
        done = orders.move_order(
            order=order, to=OrderState.CLOSED, reference=transfers[0].id, by=by
        )
        models.Quote.objects.filter(id=row.id).update(order_id=order.id)
        for activity in activities:
            activity.order_id = order.id
        models.Activity.objects.bulk_create(activities)
        _tell(quote, done, by=by)
    return done


def _check(customer_id: UUID, quote_id: UUID) -> models.Quote:
    row = models.Quote.objects.filter(id=quote_id, customer_id=customer_id).first()
    if row is None:
        raise NotFound
    if row.order_id is not None:
        raise QuoteUsed
    if row.expires_at <= clock.now():
        raise QuoteExpired
    if held_quantities(customer_id=customer_id) != row.plan["held"]:
        raise QuoteOutdated
    return row


def _header(quote: Quote, customer_id: UUID, order_id: UUID) -> NewOrder:
    return NewOrder(
        id=order_id,
        kind=KIND,
        customer_id=customer_id,
        amount=quote.bought + quote.sold,
        fee=quote.fee,
        details={
            "wallet": encode(WALLET, quote.wallet_id),
            "quote": quote.wire_id,
            "advice": encode(ADVICE, quote.advice_id) if quote.advice_id else "",
            "mode": quote.mode.value,
            "trades": len(quote.legs),
        },
    )


def _activities(quote: Quote, portfolio: models.Portfolio) -> list[models.Activity]:
    """Give what the order will have done, and see that its lots add up.

    :raises LotsDiffer: they do not
    """
    at = clock.now()
    instruments = find_instruments(symbols=[leg.symbol for leg in quote.legs], field="targets")
    rows = [
        models.Activity(
            customer_id=portfolio.customer_id,
            kind=ActivityKind.SELL if leg.is_sale else ActivityKind.BUY,
            instrument_id=instruments[leg.symbol].id,
            quantity=leg.shares.minor,
            price=leg.price,
            rate=leg.rate,
            cash_minor=leg.cash.minor,
            currency=str(leg.cash.asset),
            method=_method(leg, portfolio) if leg.is_sale else "",
            lots=[(str(name), part) for name, part in leg.lots],
            price_row_id=leg.price_id,
            at=at,
        )
        for leg in quote.legs
    ]
    _check_lots(portfolio.customer_id, rows)
    if quote.fee.is_positive:
        rows.append(
            models.Activity(
                customer_id=portfolio.customer_id,
                kind=ActivityKind.FEE,
                cash_minor=quote.fee.minor,
                currency=str(quote.fee.asset),
                at=at,
            )
        )
    return rows


def _method(leg: Leg, portfolio: models.Portfolio) -> LotMethod:
    """Give how a sale picks its lots; where none are named, the specific method takes the oldest."""
    if leg.lots:
        return LotMethod.SPECIFIC
    chosen = LotMethod(portfolio.method)
    return LotMethod.FIFO if chosen is LotMethod.SPECIFIC else chosen


def _check_lots(customer_id: UUID, rows: Iterable[models.Activity]) -> None:
    sales = {row.instrument_id: row for row in rows if row.kind == ActivityKind.SELL}
    if not sales:
        return
    story = read_story(customer_id=customer_id)
    for instrument_id, row in sales.items():
        if instrument_id is None:
            continue
        told = story.moves.get((instrument_id, ""), ())
        try:
            replay([*told, move_of(row=row, instrument=story.instruments[instrument_id])])
        except (BadHistory, KeyError):
            raise LotsDiffer(field="targets") from None


def _transfers(quote: Quote, order: Order, wallet: AccountId, *, by: Actor) -> list[Transfer]:
    """Give the group: for each trade what the customer gives before what he gets, and the fee at the end."""
    instruments = find_instruments(symbols=[leg.symbol for leg in quote.legs], field="targets")
    holdings = open_holdings(customer_id=order.customer_id, instruments=instruments, by=by)
    cash = paper_account(quote.fee.asset, by=by)
    made: list[Transfer] = []

    def move(debit: AccountId, credit: AccountId, amount: Money, kind: str, memo: str) -> None:
        if amount.is_positive:  # the least fraction of a share may be worth less than a cent
            made.append(
                Transfer(
                    id=TransferId(uuid7()),
                    debit=debit,
                    credit=credit,
                    amount=amount.minor,
                    kind=kind,
                    linked=True,
                    reference=order.id,
                    memo=memo,
                )
            )

    for leg in quote.legs:
        house, own = paper_account(leg.shares.asset, by=by), holdings[leg.symbol]
        if leg.is_sale:
            move(own, house, leg.shares, TransferKind.SHARES, f"sell {leg.symbol}")
            move(cash, wallet, leg.cash, TransferKind.SALE, f"sell {leg.symbol}")
        else:
            move(wallet, cash, leg.cash, TransferKind.PURCHASE, f"buy {leg.symbol}")
            move(house, own, leg.shares, TransferKind.SHARES, f"buy {leg.symbol}")
    if quote.fee.is_positive:
        fees = fees_account(quote.fee.asset, by=by)
        move(wallet, fees, quote.fee, TransferKind.FEE, "fee of a portfolio's order")
    made[-1] = made[-1]._replace(linked=False)
    return made


def _refuse(
    order: Order, transfers: Sequence[Transfer], outcomes: Sequence[Outcome], *, by: Actor
) -> Order:
    decisive = next(
        outcome
        for outcome in outcomes
        if not outcome.is_done and outcome.reason is not Result.LINKED_FAILED
    )
    refusal = refusal_of(decisive)
    give_back(reference=order.id)
    return orders.move_order(
        order=order,
        to=OrderState.ERROR,
        reference=transfers[0].id,
        reason=refusal.code,
        details={"refusal": refusal.code},
        by=by,
    )


def _tell(quote: Quote, order: Order, *, by: Actor) -> None:
    customer = encode(CUSTOMER, order.customer_id)
    for leg in quote.legs:
        events.publish(
            TradeDone(
                order=order.wire_id,
                customer=customer,
                side="sell" if leg.is_sale else "buy",
                shares=leg.shares,
                cash=leg.cash,
            ),
            by=by,
        )
    events.publish(
        PortfolioChanged(
            order=order.wire_id,
            customer=customer,
            bought=quote.bought,
            sold=quote.sold,
            fee=quote.fee,
            advice=order.details["advice"],
        ),
        by=by,
    )
    audit.record(
        by=by,
        action="investing.portfolio.change",
        subject=order.wire_id,
        detail={"trades": len(quote.legs), "quote": quote.wire_id},
    )
