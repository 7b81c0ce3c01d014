"""Take money out of the house by an operator's hand: held, paid outside, then confirmed or rejected."""

from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity import queries as people
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import encode, uuid7
from fondaco.ledger import actions as ledger
from fondaco.ledger.types import NO_ACCOUNT, AccountId, Outcome, Step, Transfer, TransferId
from fondaco.money import Money
from fondaco.orders import actions as orders
from fondaco.orders.states import OrderState
from fondaco.orders.types import NewOrder, Order
from fondaco.wallets.actions.currencies import manual_account, open_currency
from fondaco.wallets.queries.accounts import list_accounts
from fondaco.wallets.queries.wallets import check_owner
from fondaco.wallets.refusals import refusal_of
from fondaco.wallets.types import WALLET, CashOutAsk, Grounds, TransferKind

KIND = "cash_out"
"""The kind of order."""


def ask_cash_out(*, customer_id: UUID, ask: CashOutAsk, by: Actor) -> Order:
    """Hold money of a wallet until an operator has paid it out; give the order, waiting or in ``error``.

    :raises NotFound: the wallet is not the customer's
    :raises MoneyHeld: one of the customer's people changed how he is reached within the last day
    """
    check_owner(wallet_id=ask.wallet_id, customer_id=customer_id)
    people.check_money_may_leave(customer_id=customer_id, at=clock.now())
    asset = ask.amount.asset
    with transaction.atomic():
        source = _account(ask, by=by)
        order = orders.open_order(ask=_header(customer_id, ask), by=by)
        hold = Transfer(
            id=TransferId(uuid7()),
            debit=source,
            credit=manual_account(asset, by=by),
            amount=ask.amount.minor,
            kind=TransferKind.CASH_OUT,
            step=Step.HOLD,
            reference=order.id,
            memo=ask.comment,
        )
        (outcome,) = ledger.post([hold], by=by)
        if not outcome.is_done:
            return _fail(order, outcome, by=by)
        return orders.move_order(
            order=order, to=OrderState.WAITING_FOR_OPERATOR, reference=hold.id, by=by
        )


def confirm_cash_out(*, order_id: UUID, grounds: Grounds, by: Actor) -> Order:
    """Record that the money was paid outside: what was held leaves the books of the wallet.

    :raises NotFound: there is no such cash-out
    :raises IllegalMove: it is not waiting any more
    """
    with transaction.atomic():
        order = orders.lock_order(order_id=order_id, kind=KIND)
        closed = _close(order, to=OrderState.CLOSED, grounds=grounds, by=by)
        _end_hold(order, Step.CAPTURE, by=by)
    return closed


def reject_cash_out(*, order_id: UUID, grounds: Grounds, by: Actor) -> Order:
    """Refuse to pay out: what was held is available again.

    :raises NotFound: there is no such cash-out
    :raises IllegalMove: it is not waiting any more
    """
    with transaction.atomic():
        order = orders.lock_order(order_id=order_id, kind=KIND)
        rejected = _close(order, to=OrderState.REJECTED, grounds=grounds, by=by)
        _end_hold(order, Step.VOID, by=by)
    return rejected


def cancel_cash_out(*, order_id: UUID, customer_id: UUID, by: Actor) -> Order:
    """Take a cash-out back before an operator has decided: what was held is available again.

    :raises NotFound: the customer has no such cash-out
    :raises IllegalMove: it is not waiting any more
    """
    with transaction.atomic():
        order = orders.lock_order(order_id=order_id, kind=KIND)
        if order.customer_id != customer_id:
            raise NotFound
        cancelled = orders.move_order(order=order, to=OrderState.CANCELLED, by=by)
        _end_hold(order, Step.VOID, by=by)
    return cancelled


def _account(ask: CashOutAsk, *, by: Actor) -> AccountId:
    asset = ask.amount.asset
    known = list_accounts(wallet_id=ask.wallet_id).get(asset.code)
    return known or open_currency(wallet_id=ask.wallet_id, asset=asset, by=by)


def _header(customer_id: UUID, ask: CashOutAsk) -> NewOrder:
    return NewOrder(
        kind=KIND,
        customer_id=customer_id,
        amount=ask.amount,
        fee=Money.zero(ask.amount.asset),
        comment=ask.comment,
        callback_url=ask.callback_url,
        details={"wallet": encode(WALLET, ask.wallet_id), "destination": ask.destination},
    )


def _fail(order: Order, outcome: Outcome, *, by: Actor) -> Order:
    refusal = refusal_of(outcome)
    return orders.move_order(
        order=order,
        to=OrderState.ERROR,
        reference=outcome.id,
        reason=refusal.code,
        details={"refusal": refusal.code},
        by=by,
    )


def _close(order: Order, *, to: OrderState, grounds: Grounds, by: Actor) -> Order:
    moved = orders.move_order(
        order=order, to=to, reason=grounds.reason, details={"evidence": grounds.evidence}, by=by
    )
    audit.record(
        by=by,
        action=f"wallets.cash_out.{to.value}",
        subject=order.wire_id,
        detail={"reason": grounds.reason, "evidence": grounds.evidence},
    )
    return moved


def _end_hold(order: Order, step: Step, *, by: Actor) -> None:
    if order.reference is None:
        raise AssertionError("a waiting cash-out names its hold")
    end = Transfer(
        id=TransferId(uuid7()),
        debit=NO_ACCOUNT,
        credit=NO_ACCOUNT,
        amount=0,
        kind=TransferKind.CASH_OUT,
        step=step,
        hold_id=TransferId(order.reference),
        reference=order.id,
        memo=order.comment,
    )
    (outcome,) = ledger.post([end], by=by)
    if not outcome.is_done:
        raise refusal_of(outcome)
