"""What policies say about a charge or movement, and the transfers that take the house's fee for it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from fondaco.kit.access import Actor
from fondaco.kit.django import tenancy
from fondaco.kit.ids import uuid7
from fondaco.ledger import actions as ledger
from fondaco.ledger.types import AccountId, AccountKind, Step, Transfer, TransferId, UsageClaim
from fondaco.money import Asset, Money
from fondaco.policies.actions import checking
from fondaco.policies.queries.effective import rules_for
from fondaco.policies.types import Ask, Decision, FeePayer, Operation
from fondaco.wallets.queries.charges import Taking
from fondaco.wallets.types import Payer, TransferKind

COUNTS: Final = "counts"
"""Under this name the metadata of a hold say what it counted against limits, for a void to give back."""

_accounts: Final[dict[tuple[str, str], AccountId]] = {}
"""The house's accounts of fees, which never change, by schema and code."""


def decide(amount: Money, merchant_id: UUID, payer: Payer, *, by: Actor) -> Decision:
    """Ask policies about a charge; it is the merchant's operation, and a stop of the payer stops it too.

    :raises DomainError: they refuse it
    """
    ask = Ask(
        customer=merchant_id,
        operation=Operation.CHARGE,
        amount=amount,
        counterparty=payer.customer_id,
    )
    return checking.prepare(ask=ask, by=by)


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
    ask = Ask(
        customer=taking.merchant_id,
        operation=Operation.CHARGE,
        amount=amount,
        counterparty=taking.payer_id,
    )
    checking.check_stops(ask=ask)


def fee_leg(payer: AccountId, fee: Money, what: str, *, reference: UUID, by: Actor) -> Transfer:
    """Give the transfer of a fee to the house's account of such fees."""
    return Transfer(
        id=TransferId(uuid7()),
        debit=payer,
        credit=_account(what, fee.asset, by=by),
        amount=fee.minor,
        kind=TransferKind.FEE,
        reference=reference,
        memo=f"fee: {what}",
    )


def with_counts(metadata: Mapping[str, Any], decision: Decision) -> dict[str, Any]:
    """Give a hold's metadata together with what the hold counted."""
    return {**metadata, COUNTS: checking.written(decision.claims)}


def given_back(metadata: Mapping[str, Any], *, held: int, taken: int = 0) -> list[UsageClaim]:
    """Give the claims that undo what a hold counted: all of it, or what was not taken."""
    counts = metadata.get(COUNTS)
    if taken:
        return checking.returned(counts, amount=held - taken, whole=held)
    return checking.returned(counts)


def _account(what: str, asset: Asset, *, by: Actor) -> AccountId:
    code = f"fees:{what}:{asset.code}"
    key = (tenancy.current().schema, code)
    if key not in _accounts:
        account = ledger.open_account(
            code=code, asset=asset, kind=AccountKind.INCOME, floor=None, by=by
        )
        _accounts[key] = account.id
    return _accounts[key]
