"""Send money to another customer: an order whose money moves at once.

A refusal by the books is not raised: the order ends in the state ``error``, the attempt stays in both
histories, and both commit. ``refusal_of_order`` gives what it means.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from fondaco.identity import queries as identity
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.errors import DomainError, InvalidField, NotFound
from fondaco.kit.ids import decode, encode, uuid7
from fondaco.ledger import actions as ledger
from fondaco.ledger.types import AccountId, Transfer, TransferId
from fondaco.money import Asset, Money
from fondaco.orders import actions as orders
from fondaco.orders.kinds import check_repeatable
from fondaco.orders.queries import get_order
from fondaco.orders.states import OrderState
from fondaco.orders.types import NewOrder, Order
from fondaco.policies.actions import checking
from fondaco.policies.types import Ask, Decision, Facts, FeePayer, Operation
from fondaco.wallets import fees
from fondaco.wallets.actions.currencies import open_currency
from fondaco.wallets.events import MovementPosted
from fondaco.wallets.queries.accounts import get_wallet_customer, list_accounts
from fondaco.wallets.queries.parties import find_payee, find_wallet_by_token
from fondaco.wallets.queries.wallets import check_owner
from fondaco.wallets.refusals import (
    OwnWallet,
    UnknownRecipient,
    WalletRequired,
    refusal_named,
    refusal_of,
)
from fondaco.wallets.types import TRANSFER, WALLET, MovementAsk, Recipient, TransferKind, WalletId

KIND = "internal_movement"
"""The kind of order."""


def send_money(
    *, customer_id: UUID, ask: MovementAsk, repeats: Order | None = None, by: Actor
) -> Order:
    """Send money from a wallet of the customer to another wallet; give the order, ``closed`` or in ``error``.

    :raises NotFound: the wallet is not the customer's
    :raises UnknownRecipient: nobody with that address can get money
    :raises OwnWallet: source and target are the same wallet
    """
    check_owner(wallet_id=ask.wallet_id, customer_id=customer_id)
    target = find_target(ask.recipient, asset=ask.amount.asset)
    return move_money(customer_id=customer_id, ask=ask, target=target, repeats=repeats, by=by)


def move_money(
    *,
    customer_id: UUID,
    ask: MovementAsk,
    target: WalletId,
    repeats: Order | None = None,
    by: Actor,
) -> Order:
    """Send money to a wallet that is already known; the source has been checked to be the customer's.

    :raises OwnWallet: source and target are the same wallet
    :raises DomainError: policies refuse it (``policies.errors.CHECKING``)
    """
    if target == ask.wallet_id:
        raise OwnWallet("A wallet cannot send money to itself.")
    asset = ask.amount.asset
    order_id = uuid7()
    with transaction.atomic():
        # The first of the two in the order of ids is locked first, should an account have to be opened.
        accounts = {
            wallet: _account(wallet, asset, by=by) for wallet in sorted((ask.wallet_id, target))
        }
        asked = Ask(
            customer=customer_id,
            operation=Operation.MOVEMENT,
            amount=ask.amount,
            counterparty=get_wallet_customer(wallet_id=target),
            facts=Facts(destination=encode(WALLET, target)),
        )
        decision = checking.check(ask=asked, reference=order_id, by=by)
        order = orders.open_order(
            ask=NewOrder(
                kind=KIND,
                customer_id=customer_id,
                amount=ask.amount,
                id=order_id,
                fee=decision.fee,
                comment=ask.comment,
                callback_url=ask.callback_url,
                repeats_id=repeats.id if repeats else None,
                details={"source": encode(WALLET, ask.wallet_id), "target": encode(WALLET, target)},
            ),
            by=by,
        )
        transfer = Transfer(
            id=TransferId(uuid7()),
            debit=accounts[ask.wallet_id],
            credit=accounts[target],
            amount=ask.amount.minor,
            kind=TransferKind.MOVEMENT,
            reference=order.id,
            memo=ask.comment,
        )
        return _finish(order, transfer, decision, by=by)


def repeat_movement(*, order_id: UUID, customer_id: UUID, amount: Money | None, by: Actor) -> Order:
    """Send the same again to the same wallet, with another amount where one is given.

    :raises NotFound: the customer has no such movement
    :raises OrderNotRepeatable: the order is not finished
    """
    order = get_order(order_id=order_id, customer_id=customer_id)
    if order.kind != KIND:
        raise NotFound
    check_repeatable(order)
    if amount is not None and amount.asset != order.amount.asset:
        raise InvalidField("A repeated order keeps its currency.", field="amount")
    ask = MovementAsk(
        wallet_id=_wallet_in(order.details, "source"),
        recipient=Recipient(),
        amount=amount or order.amount,
        comment=order.comment,
        callback_url=order.callback_url,
    )
    return move_money(
        customer_id=order.customer_id,
        ask=ask,
        target=_wallet_in(order.details, "target"),
        repeats=order,
        by=by,
    )


def refusal_of_order(order: Order) -> DomainError | None:
    """Give the refusal that ended an order in the state ``error``; none for any other order."""
    if order.state is not OrderState.ERROR:
        return None
    refusal = refusal_named(str(order.details.get("refusal", "")))
    refusal.facts["order"] = order.wire_id
    return refusal


def find_target(recipient: Recipient, *, asset: Asset) -> WalletId:
    """Give the wallet that gets what is sent to a recipient: the token's, or the customer's first open one.

    :raises UnknownRecipient: nobody with that address can get money
    """
    if recipient.wallet is not None:
        found = find_wallet_by_token(token=recipient.wallet)
        if found is None:
            raise UnknownRecipient(field="recipient")
        return found
    try:
        wallet_id, _ = find_payee(customer_id=find_person(recipient), asset=asset)
    except WalletRequired:
        raise UnknownRecipient(field="recipient") from None
    return wallet_id


def find_person(recipient: Recipient) -> UUID:
    """Give the customer with an e-mail address or telephone number.

    :raises UnknownRecipient: there is none, or he is shut out
    """
    identifier = recipient.email or recipient.phone
    customer = identity.find_customer_by_identifier(identifier) if identifier else None
    if customer is None or customer.disabled_at is not None:
        raise UnknownRecipient(field="recipient")
    return customer.id


def _account(wallet_id: WalletId, asset: Asset, *, by: Actor) -> AccountId:
    known = list_accounts(wallet_id=wallet_id).get(asset.code)
    return known or open_currency(wallet_id=wallet_id, asset=asset, by=by)


def _finish(order: Order, transfer: Transfer, decision: Decision, *, by: Actor) -> Order:
    legs: list[Transfer] = []
    if decision.fee.minor:
        of_receiver = decision.fee_payer is FeePayer.COUNTERPARTY
        payer = transfer.credit if of_receiver else transfer.debit
        legs = [fees.fee_leg(payer, decision.fee, "movements", reference=order.id, by=by)]
    outcome, *_ = ledger.post([transfer._replace(linked=bool(legs)), *legs], by=by)
    if not outcome.is_done:
        checking.give_back(reference=order.id)
        refusal = refusal_of(outcome)
        return orders.move_order(
            order=order,
            to=OrderState.ERROR,
            reference=transfer.id,
            reason=refusal.code,
            details={"refusal": refusal.code},
            by=by,
        )
    done = orders.move_order(order=order, to=OrderState.CLOSED, reference=transfer.id, by=by)
    events.publish(
        MovementPosted(
            transfer=encode(TRANSFER, transfer.id),
            order=order.wire_id,
            amount=order.amount,
            summary=order.comment,
            source_wallet=order.details["source"],
            target_wallet=order.details["target"],
        ),
        by=by,
    )
    return done


def _wallet_in(details: Mapping[str, Any], name: str) -> WalletId:
    return WalletId(decode(WALLET, details[name]))
