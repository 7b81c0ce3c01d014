"""What policies say about a charge or movement, and the transfers that take the house's fee for it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from fondaco.kit.access import Actor
from fondaco.kit.django import tenancy
from fondaco.kit.ids import uuid7
from fondaco.ledger import actions as ledger
from fondaco.ledger.types import AccountId, AccountKind, Step, Transfer, TransferId
from fondaco.money import Asset, Money
from fondaco.policies.actions import checking
from fondaco.policies.queries.effective import rules_for
from fondaco.policies.types import Ask, Decision, FeePayer, Operation
from fondaco.wallets.queries.charges import Taking
from fondaco.wallets.types import Payer, TransferKind

_accounts: Final[dict[tuple[str, str], AccountId]] = {}
"""The house's accounts of fees, which never change, by schema and code."""


def decide(amount: Money, merchant_id: UUID, payer: Payer, *, by: Actor) -> Decision:
    """Ask policies about a charge; it is the merchant's operation, and a stop of the payer stops it too.

    :raises DomainError: they refuse it
    """
    return checking.prepare(ask=_ask(merchant_id, amount, payer.customer_id), by=by)


def legs_of_charge(transfer: Transfer, decision: Decision, *, by: Actor) -> Sequence[Transfer]:
    """Give the fee's transfer: from the merchant, never more than he gets, unless the payer bears it.

    What is only held costs nothing yet.
    """
    if not decision.fee.minor or transfer.step is Step.HOLD:
        return ()
    if decision.fee_payer is FeePayer.COUNTERPARTY:
        return (fee_leg(transfer.debit, decision.fee, "charges", reference=transfer.id, by=by),)
    return legs_of_receiver(transfer, decision.fee, "charges", by=by)


def legs_of_receiver(transfer: Transfer, fee: Money, what: str, *, by: Actor) -> Sequence[Transfer]:
    """Give the transfer of a fee that the receiver bears: never more than he gets."""
    if not fee.minor:
        return ()
    taken = Money(min(fee.minor, transfer.amount), fee.asset)
    return (fee_leg(transfer.credit, taken, what, reference=transfer.id, by=by),)


def legs_of_capture(
    taking: Taking, amount: Money, transfer_id: UUID, *, by: Actor
) -> Sequence[Transfer]:
    """Give the fee's transfer for what is captured, by the rules of this moment."""
    effective = rules_for(
        customer=taking.merchant_id, operation=Operation.CHARGE, currency=amount.asset.code
    )
    fee = effective.fee.of(amount)
    if not fee.minor:
        return ()
    if effective.fee.payer is FeePayer.COUNTERPARTY:
        return (fee_leg(taking.payer_account, fee, "charges", reference=transfer_id, by=by),)
    fee = min(fee, amount)
    return (fee_leg(taking.payee_account, fee, "charges", reference=transfer_id, by=by),)


def check_stops(taking: Taking, amount: Money) -> None:
    """Pass silently when nothing is stopped that a further step of a charge needs.

    :raises Stopped: a stop is in the way
    """
    checking.check_stops(ask=_ask(taking.merchant_id, amount, taking.payer_id))


def fee_leg(payer: AccountId, fee: Money, what: str, *, reference: UUID, by: Actor) -> Transfer:
    """Give the transfer of a fee to the house's account of such fees."""
    return Transfer(
        id=TransferId(uuid7()),
        debit=payer,
        credit=_account(what, fee.asset, by=by),
        amount=fee.minor,
        kind=TransferKind.FEE,
        reference=reference,
    )


def _ask(merchant_id: UUID, amount: Money, payer_id: UUID) -> Ask:
    return Ask(
        customer=merchant_id, operation=Operation.CHARGE, amount=amount, counterparty=payer_id
    )


def _account(what: str, asset: Asset, *, by: Actor) -> AccountId:
    code = f"fees:{what}:{asset.code}"
    key = (tenancy.current().schema, code)
    if key not in _accounts:
        account = ledger.open_account(
            code=code, asset=asset, kind=AccountKind.INCOME, floor=None, by=by
        )
        _accounts[key] = account.id
    return _accounts[key]
