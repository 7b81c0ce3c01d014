"""Charge a wallet by its token: the hot path.

One light query (the payer's wallet, account, cap and block by the token's digest), which the intake asks for
all charges of a batch; the merchant's own account is remembered by the process.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.errors import DomainError, NotFound
from fondaco.kit.ids import encode, uuid7
from fondaco.kit.options import options
from fondaco.ledger import actions as ledger
from fondaco.ledger.types import (
    NO_METADATA,
    LateSubmission,
    Outcome,
    Result,
    Step,
    Submission,
    Submitted,
    Transfer,
    TransferId,
    UsageClaim,
)
from fondaco.money import Asset, Money
from fondaco.policies.actions.checking import with_counts
from fondaco.policies.errors import LimitExceeded
from fondaco.policies.types import Decision
from fondaco.wallets import fees
from fondaco.wallets.actions.currencies import open_currency
from fondaco.wallets.actions.submission import Story, answered, build, refuse
from fondaco.wallets.events import ChargeAuthorised, ChargeEvent, ChargePosted, ChargeRefused
from fondaco.wallets.queries.parties import (
    PayerAsk,
    find_known_payee,
    find_payee,
    find_payers,
    forget_payee,
    remember_payee,
)
from fondaco.wallets.refusals import BLOCKED, OwnWallet, refusal_for
from fondaco.wallets.types import (
    CUSTOMER,
    TRANSFER,
    WALLET,
    Answered,
    Charge,
    ChargeAsk,
    ChargeState,
    Once,
    Payee,
    Payer,
    TransferKind,
)


def charge(*, merchant_id: UUID, ask: ChargeAsk, once: Once, by: Actor) -> Answered:
    """Take money from the wallet with a token into the merchant's wallet, or only hold it there.

    The answer, a refusal too, commits with the money under the key. What the books refuse stays in both
    histories as a failed attempt. Refusals: ``not_found``, ``wallet_required``, ``own_wallet``,
    ``merchant_blocked``, ``insufficient_funds``, ``limit_exceeded``, ``wallet_frozen``, ``wallet_closed``,
    and those of policies.
    """
    try:
        payee = payee_of(merchant_id=merchant_id, asset=ask.amount.asset, by=by)
    except DomainError as refusal:
        return refuse(refusal, once=once)

    def prepare(payer: Payer | None) -> Submission | DomainError:
        try:
            return prepare_charge(
                ask, payer=payer, payee=payee, merchant_id=merchant_id, once=once, by=by
            )
        except DomainError as refusal:
            return refusal

    def prepare_in_poster(payer: Payer | None) -> Submission | Exception:
        if payer is not None and payer.account_id is None:
            return _AccountToOpen(payer)  # a change of its own, which has no place in a batch
        return prepare(payer)

    submitted = ledger.submit_late(
        LateSubmission(
            find=find_payers,
            ask=payer_ask(ask, merchant_id=merchant_id),
            prepare=prepare_in_poster,
        ),
        by=by,
    )
    if isinstance(submitted, _AccountToOpen):
        asked = prepare(submitted.payer)
        if isinstance(asked, DomainError):
            return refuse(asked, once=once)
        submitted = ledger.submit(asked.transfers, companions=asked.companions, by=by)
    if isinstance(submitted, DomainError):
        return refuse(submitted, once=once)
    if isinstance(submitted, Exception):
        raise submitted
    notice_closed(submitted, merchant_id=merchant_id, asset=ask.amount.asset)
    return answered(submitted.answer, replayed=submitted.replayed)


class _AccountToOpen(Exception):
    """Say that the payer's wallet has no account in the currency yet."""

    def __init__(self, payer: Payer) -> None:
        super().__init__()
        self.payer = payer


def payer_ask(ask: ChargeAsk, *, merchant_id: UUID) -> PayerAsk:
    """Say whom a charge has to be looked up for."""
    return PayerAsk(token=ask.token, currency=ask.amount.asset.code, merchant_id=merchant_id)


def prepare_charge(
    ask: ChargeAsk,
    *,
    payer: Payer | None,
    payee: Payee,
    merchant_id: UUID,
    once: Once,
    by: Actor,
) -> Submission:
    """Write down what the intake is to do for one charge.

    :raises NotFound: no wallet has the token
    :raises OwnWallet: the wallet is the merchant's own
    :raises WalletFrozen, WalletClosed: an account in this currency is missing and cannot be opened
    :raises DomainError: policies refuse it (``policies.errors.CHECKING``)
    """
    asset = ask.amount.asset
    if payer is None:
        raise NotFound("No wallet has this token.", field="wallet")
    if payer.customer_id == merchant_id:
        raise OwnWallet("You can not make a charge to yourself.", field="wallet")
    source = payer.account_id
    if source is None:
        source = open_currency(wallet_id=payer.wallet_id, asset=asset, by=by)
    transfer = Transfer(
        id=TransferId(uuid7()),
        debit=source,
        credit=payee.account_id,
        amount=ask.amount.minor,
        kind=TransferKind.CHARGE,
        step=Step.POST if ask.capture else Step.HOLD,
        expires_at=None if ask.capture else _expiry(),
        memo=ask.summary,
        metadata=BLOCKED if payer.blocked else NO_METADATA,
    )
    decision = fees.decide(ask.amount, merchant_id, payer, by=by)
    if decision.claims and not ask.capture:
        transfer = transfer._replace(
            metadata=with_counts(metadata=transfer.metadata, decision=decision)
        )
    return build(
        transfer,
        story=_story(transfer, asset=asset, payer=payer, payee=payee, decision=decision),
        legs=fees.legs_of_charge(transfer, decision, by=by),
        usage=(*_claims(payer, merchant_id, ask.amount), *decision.claims),
        once=once,
        by=by,
    )


def notice_closed(submitted: Submitted, *, merchant_id: UUID, asset: Asset) -> None:
    """Look the merchant's account up anew next time when the books say that one of the two is closed."""
    if any(outcome.reason is Result.ACCOUNT_CLOSED for outcome in submitted.outcomes):
        forget_payee(customer_id=merchant_id, asset=asset)


def payee_of(*, merchant_id: UUID, asset: Asset, by: Actor) -> Payee:
    """Give the merchant's wallet and its account in a currency, opened where it is missing.

    :raises WalletRequired: he has no open wallet
    :raises WalletFrozen, WalletClosed: the account is missing and cannot be opened
    """
    known = find_known_payee(customer_id=merchant_id, asset=asset)
    if known is not None:
        return known
    wallet_id, account_id = find_payee(customer_id=merchant_id, asset=asset)
    if account_id is None:
        account_id = open_currency(wallet_id=wallet_id, asset=asset, by=by)
    payee = Payee(wallet_id=wallet_id, account_id=account_id)
    return remember_payee(payee, customer_id=merchant_id, asset=asset)


def _expiry() -> datetime:
    return clock.now() + timedelta(days=options().authorisation_days)


def _claims(payer: Payer, merchant_id: UUID, amount: Money) -> Sequence[UsageClaim]:
    """Count against the owner's cap for this merchant and day; a block is a cap of nothing."""
    if payer.day_max is None and not payer.blocked:
        return ()
    counter = f"charge:{encode(WALLET, payer.wallet_id)}:{encode(CUSTOMER, merchant_id)}"
    return (
        UsageClaim(
            counter=f"{counter}:{amount.asset.code}",
            window=clock.today().isoformat(),
            amount=amount.minor,
            amount_max=0 if payer.blocked else payer.day_max,
        ),
    )


def _story(
    transfer: Transfer, *, asset: Asset, payer: Payer, payee: Payee, decision: Decision
) -> Story:
    facts: dict[str, Any] = {
        "transfer": encode(TRANSFER, transfer.id),
        "amount": Money(transfer.amount, asset),
        "summary": transfer.memo,
        "payer_wallet": encode(WALLET, payer.wallet_id),
        "payee_wallet": encode(WALLET, payee.wallet_id),
    }
    held = transfer.step is Step.HOLD
    declared: type[ChargeEvent] = ChargeAuthorised if held else ChargePosted

    def result(outcome: Outcome) -> Charge:
        return Charge(
            id=transfer.id,
            transfer_id=transfer.id,
            state=ChargeState.AUTHORISED if held else ChargeState.POSTED,
            amount=Money(outcome.amount, asset),
            payer_wallet_id=payer.wallet_id,
            payee_wallet_id=payee.wallet_id,
            balance=Money(outcome.credit_available, asset),
            at=outcome.at,
            summary=transfer.memo,
        )

    def refusal(outcome: Outcome) -> DomainError:
        error = refusal_for(outcome.reason, metadata=transfer.metadata)
        if isinstance(error, LimitExceeded) and decision.refusal and payer.day_max is None:
            return decision.refusal()  # else the owner's cap may be what was passed
        return error

    return Story(
        action="wallets.charge",
        done=lambda _: declared(**facts),
        refused=lambda _, error: ChargeRefused(**facts, attempt="charge", refusal=error.code),
        result=result,
        refusal=refusal,
    )
