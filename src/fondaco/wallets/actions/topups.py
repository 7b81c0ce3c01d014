"""Bring money into a wallet by hand: by the customer's own where the house allows it, else an operator's."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from fondaco.kit.access import Actor
from fondaco.kit.django import tenancy
from fondaco.kit.errors import DomainError
from fondaco.kit.ids import encode, uuid7
from fondaco.kit.options import options
from fondaco.ledger.types import AccountId, Outcome, Result, Transfer, TransferId
from fondaco.money import Asset, Money
from fondaco.policies.actions import checking
from fondaco.policies.types import Ask, Decision, Operation
from fondaco.wallets import fees
from fondaco.wallets.actions.currencies import manual_account, open_currency
from fondaco.wallets.actions.submission import Story, refuse, submit
from fondaco.wallets.events import TopUpPosted, TopUpRefused
from fondaco.wallets.queries.accounts import get_wallet_customer, list_accounts
from fondaco.wallets.queries.wallets import check_owner
from fondaco.wallets.refusals import TopUpDisabled, refusal_of
from fondaco.wallets.types import (
    TRANSFER,
    WALLET,
    Answered,
    Funding,
    Grounds,
    Once,
    ToppedUp,
    TransferKind,
)

_PLAY_MONEY: Final = frozenset({"demo", "sandbox"})
"""Modes of tenants in which no money is real."""


def top_up(*, customer_id: UUID, ask: Funding, once: Once, by: Actor) -> Answered:
    """Bring money into an own wallet, where the house lets customers do so.

    The answer, a refusal too, commits with the money under the key. Refusals: ``top_up_disabled``,
    ``not_found``, ``wallet_frozen``, ``wallet_closed``, and those of policies.
    """
    try:
        check_self_service()
        check_owner(wallet_id=ask.wallet_id, customer_id=customer_id)
        source, target = _accounts(ask, by=by)
        asked = Ask(customer=customer_id, operation=Operation.TOP_UP, amount=ask.amount)
        decision = checking.prepare(ask=asked, by=by)
    except DomainError as refusal:
        return refuse(refusal, once=once)
    transfer = _transfer(ask, source, target, {})
    story = _story(transfer, ask, ask.amount.asset)
    story = replace(story, refusal=lambda outcome: _refusal(outcome, decision))
    legs = fees.legs_of_receiver(transfer, decision.fee, "top_ups", by=by)
    return submit(transfer, story=story, legs=legs, usage=decision.claims, once=once, by=by)


def post_top_up(*, ask: Funding, grounds: Grounds, once: Once, by: Actor) -> Answered:
    """Bring money into any wallet by an operator's hand, with reason and evidence.

    The answer, a refusal too, commits with the money under the key. Refusals: ``wallet_frozen``,
    ``wallet_closed``, ``stopped``: rules are for customers, a stop is for everybody.
    """
    try:
        customer_id = get_wallet_customer(wallet_id=ask.wallet_id)
        asked = Ask(customer=customer_id, operation=Operation.TOP_UP, amount=ask.amount)
        checking.check_stops(ask=asked)
        source, target = _accounts(ask, by=by)
    except DomainError as refusal:
        return refuse(refusal, once=once)
    facts = {"reason": grounds.reason, "evidence": grounds.evidence}
    transfer = _transfer(ask, source, target, facts)
    story = _story(transfer, ask, ask.amount.asset)
    return submit(transfer, story=story, once=once, by=by)


def check_self_service() -> None:
    """Pass silently when customers may top up by themselves: by the option, else in play-money tenants.

    :raises TopUpDisabled: they may not, since a client would print money
    """
    chosen = options().self_top_up
    allowed = chosen == "on" or (chosen == "auto" and tenancy.current().mode in _PLAY_MONEY)
    if not allowed:
        raise TopUpDisabled


def _accounts(ask: Funding, *, by: Actor) -> tuple[AccountId, AccountId]:
    asset = ask.amount.asset
    target = list_accounts(wallet_id=ask.wallet_id).get(asset.code)
    if target is None:
        target = open_currency(wallet_id=ask.wallet_id, asset=asset, by=by)
    return manual_account(asset, by=by), target


def _transfer(
    ask: Funding, source: AccountId, target: AccountId, facts: dict[str, Any]
) -> Transfer:
    return Transfer(
        id=TransferId(uuid7()),
        debit=source,
        credit=target,
        amount=ask.amount.minor,
        kind=TransferKind.TOP_UP,
        reference=ask.wallet_id,
        memo=ask.summary,
        metadata=facts,
    )


def _refusal(outcome: Outcome, decision: Decision) -> DomainError:
    if outcome.reason is Result.LIMIT_EXCEEDED and decision.refusal:
        return decision.refusal()
    return refusal_of(outcome)


def _story(transfer: Transfer, ask: Funding, asset: Asset) -> Story:
    facts: dict[str, Any] = {
        "transfer": encode(TRANSFER, transfer.id),
        "wallet": encode(WALLET, ask.wallet_id),
        "amount": ask.amount,
        "summary": ask.summary,
    }

    def result(outcome: Outcome) -> ToppedUp:
        return ToppedUp(
            transfer_id=transfer.id,
            wallet_id=ask.wallet_id,
            amount=Money(outcome.amount, asset),
            balance=Money(outcome.credit_available, asset),
            at=outcome.at,
        )

    return Story(
        action="wallets.top_up",
        done=lambda outcome: TopUpPosted(**facts, balance=Money(outcome.credit_available, asset)),
        refused=lambda _, error: TopUpRefused(**facts, refusal=error.code),
        result=result,
    )
