"""``/payment-requests``: ask another customer for money; accept, decline, withdraw."""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from fondaco.kit.django.api import problems
from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import MoneyIn, MoneyOut, Strict
from fondaco.kit.lifecycle import IllegalMove
from fondaco.policies.errors import CHECKING
from fondaco.wallets import refusals
from fondaco.wallets.actions import requests as actions
from fondaco.wallets.actions.movements import refusal_of_order
from fondaco.wallets.api.asking import ask_as
from fondaco.wallets.api.fields import (
    CustomerWireId,
    OrderWireId,
    Reference,
    RequestWireId,
    Summary,
    money_in,
)
from fondaco.wallets.api.movements import RecipientIn
from fondaco.wallets.queries import requests as queries
from fondaco.wallets.queries.wallets import choose_wallet_id
from fondaco.wallets.states import RequestState
from fondaco.wallets.types import PaymentRequest, RequestAsk, RequestId

router = Router(tags=["payment requests"])


class RequestIn(MoneyIn):
    """Take what is asked for, and of whom."""

    wallet: Annotated[Reference | None, Field(description="Absent: the oldest open wallet.")] = None
    payer: RecipientIn
    summary: Summary = ""
    valid_for_s: Annotated[int, Field(ge=60, le=90 * 86_400)] = 7 * 86_400


class AcceptIn(Strict):
    """Take from which wallet a request is paid."""

    wallet: Annotated[Reference | None, Field(description="Absent: the oldest open wallet.")] = None


class RequestOut(Strict):
    """Show a payment request to either side."""

    id: RequestWireId
    state: RequestState
    amount: MoneyOut
    summary: str
    asker: CustomerWireId
    payer: CustomerWireId
    order: OrderWireId | None
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, asked: PaymentRequest) -> "RequestOut":
        """Show a request."""
        return cls.model_construct(
            id=asked.id,
            state=asked.state,
            amount=MoneyOut.of(asked.amount),
            summary=asked.summary,
            asker=asked.asker_id,
            payer=asked.payer_id,
            order=asked.order_id,
            created_at=asked.created_at,
            expires_at=asked.expires_at,
        )


class RequestPaging(Paging):
    """Narrow a list of payment requests."""

    state: RequestState | None = None


@router.post(
    "", status=201, errors=(refusals.UnknownRecipient, refusals.OwnWallet, refusals.WalletRequired)
)
@idempotent("wallets.ask_payment")
def ask_payment(request: HttpRequest, body: RequestIn) -> RequestOut:
    """Ask another customer for money."""
    asker = ask_as(request, "wallets:spend")
    asked = actions.ask_payment(
        customer_id=asker.customer_id,
        ask=RequestAsk(
            wallet_id=choose_wallet_id(reference=body.wallet, customer_id=asker.customer_id),
            payer=body.payer.to_recipient("payer"),
            amount=money_in(body),
            summary=body.summary,
            valid_for_s=body.valid_for_s,
        ),
        by=asker.actor,
    )
    return RequestOut.of(asked)


@router.get("")
def list_requests(request: HttpRequest, paging: Query[RequestPaging]) -> Listing[RequestOut]:
    """List the requests that one has made or shall pay, newest first."""
    asker = ask_as(request, "wallets:read")
    return paged(
        paging,
        lambda after, limit: queries.list_requests(
            customer_id=asker.customer_id, state=paging.state, after=after, limit=limit
        ),
        RequestOut.of,
    )


@router.get("/{request_id}")
def show_request(request: HttpRequest, request_id: RequestWireId) -> RequestOut:
    """Show a request that one has made or shall pay."""
    asker = ask_as(request, "wallets:read")
    return RequestOut.of(
        queries.get_request(request_id=RequestId(request_id), customer_id=asker.customer_id)
    )


@router.post(
    "/{request_id}/accept",
    errors=(
        IllegalMove,
        refusals.RequestOverdue,
        refusals.WalletRequired,
        refusals.OwnWallet,
        refusals.InsufficientFunds,
        refusals.WalletFrozen,
        refusals.WalletClosed,
        refusals.AmountTooLarge,
        *CHECKING,
    ),
)
@idempotent("wallets.accept_request")
def accept_request(
    request: HttpRequest, request_id: RequestWireId, body: AcceptIn
) -> RequestOut | HttpResponse:
    """Pay what is asked; when the money does not suffice, the request stays open."""
    asker = ask_as(request, "wallets:spend")
    asked, order = actions.accept_request(
        request_id=RequestId(request_id),
        customer_id=asker.customer_id,
        wallet_id=choose_wallet_id(reference=body.wallet, customer_id=asker.customer_id),
        by=asker.actor,
    )
    refusal = refusal_of_order(order)
    return RequestOut.of(asked) if refusal is None else problems.respond(request, refusal)


@router.post("/{request_id}/decline", errors=(IllegalMove,))
def decline_request(request: HttpRequest, request_id: RequestWireId) -> RequestOut:
    """Refuse to pay what is asked."""
    asker = ask_as(request, "wallets:spend")
    return RequestOut.of(
        actions.decline_request(
            request_id=RequestId(request_id), customer_id=asker.customer_id, by=asker.actor
        )
    )


@router.post("/{request_id}/withdraw", errors=(IllegalMove,))
def withdraw_request(request: HttpRequest, request_id: RequestWireId) -> RequestOut:
    """Take an own request back."""
    asker = ask_as(request, "wallets:spend")
    return RequestOut.of(
        actions.withdraw_request(
            request_id=RequestId(request_id), customer_id=asker.customer_id, by=asker.actor
        )
    )
