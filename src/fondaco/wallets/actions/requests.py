"""Ask another customer for money; he accepts, declines or lets the time pass."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events, lifecycle
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import encode
from fondaco.money import Asset, Money
from fondaco.orders.states import OrderState
from fondaco.orders.types import Order
from fondaco.wallets.actions.locks import lock_request
from fondaco.wallets.actions.movements import find_person, find_target, move_money
from fondaco.wallets.events import (
    RequestAccepted,
    RequestAsked,
    RequestDeclined,
    RequestEvent,
    RequestExpired,
    RequestWithdrawn,
)
from fondaco.wallets.models import PaymentRequest as Row, RequestStep
from fondaco.wallets.queries.accounts import get_wallet_customer
from fondaco.wallets.queries.requests import describe_request, list_overdue
from fondaco.wallets.queries.wallets import check_owner
from fondaco.wallets.refusals import OwnWallet, RequestOverdue
from fondaco.wallets.states import REQUEST_LIFE, RequestState
from fondaco.wallets.types import (
    CUSTOMER,
    REQUEST,
    MovementAsk,
    PaymentRequest,
    Recipient,
    RequestAsk,
    RequestId,
    WalletId,
)


def ask_payment(*, customer_id: UUID, ask: RequestAsk, by: Actor) -> PaymentRequest:
    """Ask another customer for money.

    :raises NotFound: the wallet is not the customer's
    :raises UnknownRecipient: nobody with that address can pay
    :raises OwnWallet: the payer is the customer himself
    """
    check_owner(wallet_id=ask.wallet_id, customer_id=customer_id)
    payer_id = _payer(ask)
    if payer_id == customer_id:
        raise OwnWallet("You cannot ask yourself.", field="payer")
    at = clock.now()
    with transaction.atomic():
        row = Row.objects.create(
            wallet_id=ask.wallet_id,
            asker_id=customer_id,
            payer_id=payer_id,
            currency=str(ask.amount.asset),
            amount_minor=ask.amount.minor,
            summary=ask.summary,
            created_at=at,
            expires_at=at + timedelta(seconds=ask.valid_for_s),
        )
        lifecycle.record(row, state_to=RequestState.ASKED.value, history=RequestStep, by=by)
        _tell(RequestAsked(**_facts(row)), action="wallets.request.ask", by=by)
    return describe_request(row)


def accept_request(
    *, request_id: RequestId, customer_id: UUID, wallet_id: WalletId, by: Actor
) -> tuple[PaymentRequest, Order]:
    """Pay what is asked from a wallet of the payer.

    When the books refuse, the order ends in ``error``, the request stays open and both are given back.

    :raises NotFound: the request is not for this customer, or the wallet is not his
    :raises IllegalMove: it was answered before
    :raises RequestOverdue: its time has passed
    """
    check_owner(wallet_id=wallet_id, customer_id=customer_id)
    with transaction.atomic():
        row = _lock(request_id, payer_id=customer_id)
        REQUEST_LIFE.check(RequestState(row.state), RequestState.ACCEPTED)
        if row.expires_at <= clock.now():
            raise RequestOverdue
        order = move_money(
            customer_id=customer_id,
            ask=_movement(row, wallet_id),
            target=WalletId(row.wallet_id),
            by=by,
        )
        if order.state is OrderState.CLOSED:
            row.order_id = order.id
            row.save(update_fields=["order_id"])
            _move(row, to=RequestState.ACCEPTED, by=by)
            event = RequestAccepted(**_facts(row), order=order.wire_id)
            _tell(event, action="wallets.request.accept", by=by)
    return describe_request(row), order


def decline_request(*, request_id: RequestId, customer_id: UUID, by: Actor) -> PaymentRequest:
    """Refuse to pay what is asked.

    :raises NotFound: the request is not for this customer
    :raises IllegalMove: it was answered before
    """
    with transaction.atomic():
        row = _lock(request_id, payer_id=customer_id)
        _move(row, to=RequestState.DECLINED, by=by)
        _tell(RequestDeclined(**_facts(row)), action="wallets.request.decline", by=by)
    return describe_request(row)


def withdraw_request(*, request_id: RequestId, customer_id: UUID, by: Actor) -> PaymentRequest:
    """Take an own request back.

    :raises NotFound: the request is not this customer's
    :raises IllegalMove: it was answered before
    """
    with transaction.atomic():
        row = _lock(request_id, asker_id=customer_id)
        _move(row, to=RequestState.WITHDRAWN, by=by)
        _tell(RequestWithdrawn(**_facts(row)), action="wallets.request.withdraw", by=by)
    return describe_request(row)


def expire_requests(*, at: datetime, by: Actor, limit: int = 500) -> int:
    """End requests whose time has passed, at most ``limit`` of them; give their number."""
    overdue = list_overdue(at=at, limit=limit)
    return sum(_expire(request_id, by=by) for request_id in overdue)


def _expire(request_id: RequestId, *, by: Actor) -> int:
    with transaction.atomic():
        row = lock_request(request_id)
        if row.state != RequestState.ASKED:
            return 0
        _move(row, to=RequestState.EXPIRED, by=by)
        _tell(RequestExpired(**_facts(row)), action="wallets.request.expire", by=by)
    return 1


def _payer(ask: RequestAsk) -> UUID:
    if ask.payer.wallet is not None:
        return get_wallet_customer(wallet_id=find_target(ask.payer, asset=ask.amount.asset))
    return find_person(ask.payer)


def _lock(
    request_id: RequestId, *, payer_id: UUID | None = None, asker_id: UUID | None = None
) -> Row:
    row = lock_request(request_id)
    if (payer_id or row.payer_id) != row.payer_id or (asker_id or row.asker_id) != row.asker_id:
        raise NotFound
    return row


def _movement(row: Row, wallet_id: WalletId) -> MovementAsk:
    return MovementAsk(
        wallet_id=wallet_id,
        recipient=Recipient(),
        amount=Money(int(row.amount_minor), Asset.parse(row.currency)),
        comment=row.summary,
    )


def _move(row: Row, *, to: RequestState, by: Actor) -> None:
    lifecycle.move(row, to=to, life=REQUEST_LIFE, history=RequestStep, by=by)


def _facts(row: Row) -> dict[str, Any]:
    return {
        "request": encode(REQUEST, row.id),
        "asker": encode(CUSTOMER, row.asker_id),
        "payer": encode(CUSTOMER, row.payer_id),
        "amount": Money(int(row.amount_minor), Asset.parse(row.currency)),
    }


def _tell(event: RequestEvent, *, action: str, by: Actor) -> None:
    events.publish(event, by=by)
    audit.record(by=by, action=action, subject=event.subject)
