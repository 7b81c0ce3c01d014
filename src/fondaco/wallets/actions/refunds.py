"""Give back what a charge took, whole or in parts, and never more."""

from uuid import UUID

from fondaco.kit.access import Actor
from fondaco.kit.errors import DomainError, InvalidField
from fondaco.kit.ids import encode, uuid7
from fondaco.ledger.types import Outcome, Transfer, TransferId, UsageClaim
from fondaco.money import Money
from fondaco.wallets import fees
from fondaco.wallets.actions.submission import Story, refuse, submit
from fondaco.wallets.events import ChargeRefunded, ChargeRefused
from fondaco.wallets.queries.charges import Taking, get_taking
from fondaco.wallets.refusals import ExceedsCharge, NotCaptured, refusal_for
from fondaco.wallets.types import TRANSFER, Answered, Charge, Once, TransferKind


def refund(
    *,
    charge_id: TransferId,
    merchant_id: UUID,
    amount: Money | None,
    summary: str = "",
    once: Once,
    by: Actor,
) -> Answered:
    """Give all that a charge took (no amount) or a part of it back to the payer.

    All refunds of a charge are counted in the ledger's own transaction, so that together they never pass what
    was taken, whoever races. The answer, a refusal too, commits with the money under the key. Refusals:
    ``not_found``, ``not_captured``, ``exceeds_charge``, ``insufficient_funds``, ``wallet_frozen``,
    ``stopped``.
    """
    try:
        taking = get_taking(charge_id=charge_id, merchant_id=merchant_id)
        taken = taking.taken
        if taken is None:
            raise NotCaptured(facts={"state": taking.state.value})
        if amount is not None and amount.asset != taken.asset:
            raise InvalidField("A refund keeps the charge's currency.", field="currency")
        fees.check_stops(taking, amount or taken)
    except DomainError as refusal:
        return refuse(refusal, once=once)
    back = amount or taken
    transfer = Transfer(
        id=TransferId(uuid7()),
        debit=taking.payee_account,
        credit=taking.payer_account,
        amount=back.minor,
        kind=TransferKind.REFUND,
        reference=taking.id,
        memo=summary or taking.summary,
    )
    counted = UsageClaim(
        counter=f"refund:{encode(TRANSFER, taking.id)}",
        window="ever",
        amount=back.minor,
        amount_max=taken.minor,
    )
    return submit(transfer, story=_story(taking, transfer, back), usage=[counted], once=once, by=by)


def _story(taking: Taking, transfer: Transfer, back: Money) -> Story:
    facts = {**taking.told(back), "summary": transfer.memo}

    def result(outcome: Outcome) -> Charge:
        return Charge(
            id=taking.id,
            transfer_id=transfer.id,
            state=taking.state,
            amount=back,
            payer_wallet_id=taking.payer_wallet_id,
            payee_wallet_id=taking.payee_wallet_id,
            balance=Money(outcome.debit_available, back.asset),
            at=outcome.at,
            summary=transfer.memo,
        )

    def refusal(outcome: Outcome) -> DomainError:
        error = refusal_for(outcome.reason, kind=transfer.kind)
        if isinstance(error, ExceedsCharge):
            error.facts["taken"] = str(taking.taken)
        return error

    return Story(
        action="wallets.charge.refund",
        done=lambda _: ChargeRefunded(**facts, refund=encode(TRANSFER, transfer.id)),
        refused=lambda _, error: ChargeRefused(**facts, attempt="refund", refusal=error.code),
        result=result,
        refusal=refusal,
    )
