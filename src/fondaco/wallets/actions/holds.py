"""End an authorised charge: capture all or a part of what is held, or void it."""

from uuid import UUID

from django.db import transaction

from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.errors import DomainError, InvalidField
from fondaco.kit.ids import uuid7
from fondaco.ledger.actions import usage
from fondaco.ledger.types import NO_ACCOUNT, Outcome, Step, Transfer, TransferId
from fondaco.money import Money
from fondaco.policies.actions.checking import given_back
from fondaco.wallets import fees
from fondaco.wallets.actions.submission import Story, refuse, submit
from fondaco.wallets.events import (
    ChargeCaptured,
    ChargeEvent,
    ChargeExpired,
    ChargeRefused,
    ChargeVoided,
)
from fondaco.wallets.queries.charges import Taking, find_taking, get_taking
from fondaco.wallets.refusals import HoldEnded
from fondaco.wallets.types import Answered, Charge, ChargeState, Once, TransferKind


def capture(
    *, charge_id: TransferId, merchant_id: UUID, amount: Money | None, once: Once, by: Actor
) -> Answered:
    """Take all (no amount) or a part of what an authorised charge holds; the rest is released.

    The answer, a refusal too, commits with the money under the key. Refusals: ``not_found``, ``hold_ended``,
    ``exceeds_hold``, ``wallet_frozen``, ``stopped``.
    """
    try:
        taking = get_taking(charge_id=charge_id, merchant_id=merchant_id)
        if not taking.is_hold:
            raise HoldEnded
        if amount is not None and amount.asset != taking.amount.asset:
            raise InvalidField("A capture keeps the charge's currency.", field="currency")
        fees.check_stops(taking, amount or taking.amount)
    except DomainError as refusal:
        return refuse(refusal, once=once)
    asked = amount or taking.amount
    return _end(taking, asked, Step.CAPTURE, once=once, by=by)


def void(*, charge_id: TransferId, merchant_id: UUID, once: Once, by: Actor) -> Answered:
    """Release what an authorised charge holds.

    The answer, a refusal too, commits with the release under the key. Refusals: ``not_found``,
    ``hold_ended``.
    """
    try:
        taking = get_taking(charge_id=charge_id, merchant_id=merchant_id)
        if not taking.is_hold:
            raise HoldEnded
    except DomainError as refusal:
        return refuse(refusal, once=once)
    return _end(taking, taking.amount, Step.VOID, once=once, by=by)


def tell_expiry(*, hold_id: TransferId, by: Actor) -> None:
    """Tell that an authorised charge ran out, when the hold that the ledger released was one."""
    taking = find_taking(charge_id=hold_id)
    if taking is None:
        return
    with transaction.atomic():
        usage.count(given_back(metadata=taking.metadata, held=taking.amount.minor))
        events.publish(ChargeExpired(**taking.told(taking.amount)), by=by)


def _end(taking: Taking, amount: Money, step: Step, *, once: Once, by: Actor) -> Answered:
    transfer = Transfer(
        id=TransferId(uuid7()),
        debit=NO_ACCOUNT,
        credit=NO_ACCOUNT,
        amount=amount.minor,
        kind=TransferKind.CHARGE,
        step=step,
        hold_id=taking.id,
        reference=taking.id,
        memo=taking.summary,
    )
    captures = step is Step.CAPTURE
    taken = min(amount.minor, taking.amount.minor) if captures else 0
    return submit(
        transfer,
        story=_story(taking, transfer, amount),
        legs=fees.legs_of_capture(taking, amount, transfer.id, by=by) if captures else (),
        usage=given_back(metadata=taking.metadata, held=taking.amount.minor, taken=taken),
        once=once,
        by=by,
    )


def _story(taking: Taking, transfer: Transfer, amount: Money) -> Story:
    captures = transfer.step is Step.CAPTURE
    declared: type[ChargeEvent] = ChargeCaptured if captures else ChargeVoided
    facts = taking.told(amount)

    def result(outcome: Outcome) -> Charge:
        return Charge(
            id=taking.id,
            transfer_id=transfer.id,
            state=ChargeState.CAPTURED if captures else ChargeState.VOIDED,
            amount=amount,
            payer_wallet_id=taking.payer_wallet_id,
            payee_wallet_id=taking.payee_wallet_id,
            balance=Money(outcome.credit_available, amount.asset),
            at=outcome.at,
            summary=taking.summary,
        )

    return Story(
        action="wallets.charge.capture" if captures else "wallets.charge.void",
        done=lambda _: declared(**facts),
        refused=lambda _, error: ChargeRefused(
            **facts, attempt=transfer.step.value, refusal=error.code
        ),
        result=result,
        receiver=taking.payee_account,
    )
