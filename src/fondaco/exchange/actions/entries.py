"""The transfers of the exchange; pure. All of one order are one linked group: all of them, or none."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from fondaco.exchange.types import Exchange, TransferKind
from fondaco.kit.ids import uuid7
from fondaco.ledger.types import NO_ACCOUNT, AccountId, Outcome, Result, Step, Transfer, TransferId


def hold(order: Exchange, *, transfer_id: TransferId, trading: AccountId) -> Transfer:
    """Reserve the total for an order that is carried out later."""
    return _transfer(
        order.order.id,
        TransferKind.PAY,
        debit=order.spend_account,
        credit=trading,
        amount=order.total.minor,
        step=Step.HOLD,
        id_=transfer_id,
    )


def exchange_now(
    order: Exchange, *, trading_spend: AccountId, trading_get: AccountId, fees: AccountId
) -> list[Transfer]:
    """Take the total and give what was ordered, at once."""
    pay = _transfer(
        order.order.id,
        TransferKind.PAY,
        debit=order.spend_account,
        credit=trading_spend,
        amount=order.total.minor,
    )
    return linked([pay, *_deliver(order, trading_spend, trading_get, fees)])


def deliver_held(
    order: Exchange, *, trading_spend: AccountId, trading_get: AccountId, fees: AccountId
) -> list[Transfer]:
    """Take what was held, all of it or as much as the order came to, and give what was ordered."""
    capture = _transfer(
        order.order.id,
        TransferKind.PAY,
        debit=NO_ACCOUNT,
        credit=NO_ACCOUNT,
        amount=order.total.minor,
        step=Step.CAPTURE,
        hold_id=order.hold_id,
    )
    return linked([capture, *_deliver(order, trading_spend, trading_get, fees)])


def release(order: Exchange) -> Transfer:
    """Give back what was held."""
    return _transfer(
        order.order.id,
        TransferKind.PAY,
        debit=NO_ACCOUNT,
        credit=NO_ACCOUNT,
        amount=0,
        step=Step.VOID,
        hold_id=order.hold_id,
    )


class Leg(NamedTuple):
    """One movement between the house's own accounts."""

    kind: TransferKind
    debit: AccountId
    credit: AccountId
    minor: int


def swap(*, reference: UUID, legs: Sequence[Leg]) -> list[Transfer]:
    """Book what a venue took and gave; a leg that comes to nothing in the books' places is left out."""
    made = [
        _transfer(reference, leg.kind, debit=leg.debit, credit=leg.credit, amount=leg.minor)
        for leg in legs
        if leg.minor
    ]
    return linked(made)


def linked(transfers: Sequence[Transfer]) -> list[Transfer]:
    """Make one group of transfers."""
    return [*(one._replace(linked=True) for one in transfers[:-1]), *transfers[-1:]]


def first_refusal(outcomes: Iterable[Outcome]) -> Outcome | None:
    """Give what a group failed by; none when it succeeded."""
    refused = [one for one in outcomes if not one.is_done]
    own = (one for one in refused if one.reason is not Result.LINKED_FAILED)
    return next(own, refused[0] if refused else None)


def _deliver(
    order: Exchange, trading_spend: AccountId, trading_get: AccountId, fees: AccountId
) -> list[Transfer]:
    fee = _transfer(
        order.order.id, TransferKind.FEE, debit=trading_spend, credit=fees, amount=order.fee.minor
    )
    give = _transfer(
        order.order.id,
        TransferKind.DELIVER,
        debit=trading_get,
        credit=order.get_account,
        amount=order.get.minor,
    )
    return [fee, give] if order.fee.minor else [give]


def _transfer(
    reference: UUID,
    kind: TransferKind,
    *,
    debit: AccountId,
    credit: AccountId,
    amount: int,
    step: Step = Step.POST,
    hold_id: TransferId | None = None,
    id_: TransferId | None = None,
) -> Transfer:
    return Transfer(
        id=id_ or TransferId(uuid7()),
        debit=debit,
        credit=credit,
        amount=amount,
        kind=kind.value,
        step=step,
        hold_id=hold_id,
        reference=reference,
    )
