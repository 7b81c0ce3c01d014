"""Take money out of the house by an operator's hand: held, paid outside, then confirmed or rejected."""

from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity import queries as people
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import decode, encode, uuid7
from fondaco.ledger import actions as ledger
from fondaco.ledger.types import NO_ACCOUNT, AccountId, Outcome, Step, Transfer, TransferId
from fondaco.money import Money
from fondaco.orders import actions as orders
from fondaco.orders.kinds import check_cancellable
from fondaco.orders.states import ORDER_LIFE, OrderState
from fondaco.orders.types import NewOrder, Order
from fondaco.policies.actions import checking
from fondaco.policies.queries.risk import check_released
from fondaco.policies.types import Ask, Facts, Operation
from fondaco.wallets import fees
from fondaco.wallets.actions.currencies import manual_account, open_currency
from fondaco.wallets.queries.accounts import list_accounts
from fondaco.wallets.queries.wallets import check_owner
from fondaco.wallets.refusals import refusal_of
from fondaco.wallets.types import TRANSFER, WALLET, CashOutAsk, Grounds, TransferKind

KIND = "cash_out"
"""The kind of order."""
SUBTYPE = "manual"
"""To policies a cash-out is a withdrawal of this sub-type."""


def ask_cash_out(*, customer_id: UUID, ask: CashOutAsk, by: Actor) -> Order:
    """Hold money of a wallet until an operator has paid it out; give the order, waiting or in ``error``.

    :raises NotFound: the wallet is not the customer's
    :raises MoneyHeld: one of the customer's people changed how he is reached within the last day
    :raises DomainError: policies refuse it (``policies.errors.CHECKING``)
    """
    check_owner(wallet_id=ask.wallet_id, customer_id=customer_id)
    people.check_money_may_leave(customer_id=customer_id, at=clock.now())
    asset = ask.amount.asset
    order_id = uuid7()
    with transaction.atomic():
        source = _account(ask, by=by)
        asked = Ask(
            customer=customer_id,
            operation=Operation.WITHDRAWAL,
            amount=ask.amount,
            subtype=SUBTYPE,
            facts=Facts(destination=ask.destination),
        )
        decision = checking.check(ask=asked, reference=order_id, can_wait=True, by=by)
        header = _header(customer_id, ask, order_id=order_id, fee=decision.fee)
        order = orders.open_order(ask=header, by=by)
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
        legs = []
        if decision.fee.minor:
            leg = fees.fee_leg(source, decision.fee, "withdrawals", reference=order.id, by=by)
            legs.append(leg._replace(step=Step.HOLD))
        outcome, *_ = ledger.post([hold._replace(linked=bool(legs)), *legs], by=by)
        if not outcome.is_done:
            checking.give_back(reference=order.id)
            return _fail(order, outcome, by=by)
        return orders.move_order(
            order=order,
            to=OrderState.WAITING_FOR_OPERATOR,
            reference=hold.id,
            reason="; ".join(decision.reasons),
            details={"fee_hold": encode(TRANSFER, legs[0].id)} if legs else {},
            by=by,
        )


def confirm_cash_out(*, order_id: UUID, grounds: Grounds, by: Actor) -> Order:
    """Record that the money was paid outside: what was held leaves the books of the wallet.

    :raises NotFound: there is no such cash-out
    :raises IllegalMove: it is not waiting any more
    :raises UnderReview: it looks suspicious, and nobody has released it yet
    """
    with transaction.atomic():
        order = orders.lock_order(order_id=order_id, kind=KIND)
        check_released(reference=order.id)
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
    :raises OrderNotCancellable: the rules do not allow it
    """
    with transaction.atomic():
        order = orders.lock_order(order_id=order_id, kind=KIND)
        if order.customer_id != customer_id:
            raise NotFound
        ORDER_LIFE.check(order.state, OrderState.CANCELLED)
        check_cancellable(order)
        cancelled = orders.move_order(order=order, to=OrderState.CANCELLED, by=by)
        _end_hold(order, Step.VOID, by=by)
    return cancelled


def reject_suspicious(*, reference: UUID, by: Actor) -> None:
    """Reject a waiting cash-out whose risk an operator has rejected; another domain's order is left alone."""
    try:
        order = orders.lock_order(order_id=reference, kind=KIND)
    except NotFound:
        return
    if order.state is OrderState.WAITING_FOR_OPERATOR:
        grounds = Grounds(reason="rejected as a risk", evidence="")
        _close(order, to=OrderState.REJECTED, grounds=grounds, by=by)
        _end_hold(order, Step.VOID, by=by)


def _account(ask: CashOutAsk, *, by: Actor) -> AccountId:
    asset = ask.amount.asset
    known = list_accounts(wallet_id=ask.wallet_id).get(asset.code)
    return known or open_currency(wallet_id=ask.wallet_id, asset=asset, by=by)


def _header(customer_id: UUID, ask: CashOutAsk, *, order_id: UUID, fee: Money) -> NewOrder:
    return NewOrder(
        id=order_id,
        kind=KIND,
        customer_id=customer_id,
        amount=ask.amount,
        fee=fee,
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
    fee_hold = order.details.get("fee_hold")
    holds = [order.reference, *([decode(TRANSFER, fee_hold)] if fee_hold else [])]
    ends = [_end(order, hold, step, linked=hold != holds[-1]) for hold in holds]
    for outcome in ledger.post(ends, by=by):
        if not outcome.is_done:
            raise refusal_of(outcome)
    if step is Step.VOID:
        checking.give_back(reference=order.id)


def _end(order: Order, hold_id: UUID, step: Step, *, linked: bool) -> Transfer:
    return Transfer(
        id=TransferId(uuid7()),
        debit=NO_ACCOUNT,
        credit=NO_ACCOUNT,
        amount=0,
        kind=TransferKind.CASH_OUT,
        step=step,
        hold_id=TransferId(hold_id),
        linked=linked,
        reference=order.id,
        memo=order.comment,
    )
