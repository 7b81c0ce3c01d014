"""``/wallets/{token}/top-ups`` for customers, ``/operator/top-ups`` for the house."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from fondaco.kit.django.api.auth import staff
from fondaco.kit.django.api.idempotency import keyed
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import MoneyIn, MoneyOut, Strict
from fondaco.operators.rights import Right
from fondaco.policies.errors import CHECKING, Stopped
from fondaco.wallets import refusals
from fondaco.wallets.actions import topups as actions
from fondaco.wallets.api.asking import ask_as_owner, once, operator, tell
from fondaco.wallets.api.fields import (
    Reference,
    Sentence,
    Summary,
    TransferWireId,
    WalletWireId,
    money_in,
)
from fondaco.wallets.types import Funding, Grounds, ToppedUp, WalletId

router = Router(tags=["wallets"])
operators = Router(tags=["operators"], auth=staff)

_REFUSALS = (refusals.WalletFrozen, refusals.WalletClosed, refusals.AmountTooLarge)


class TopUpIn(MoneyIn):
    """Take what comes in."""

    summary: Summary = ""


class OperatorTopUpIn(MoneyIn):
    """Take what an operator posts, why, and what proves it."""

    wallet: WalletWireId
    reason: Sentence
    evidence: Sentence
    summary: Summary = ""


class TopUpOut(Strict):
    """Show how a top-up came out."""

    id: TransferWireId
    wallet: WalletWireId
    amount: MoneyOut
    balance: MoneyOut = Field(description="What the wallet has available afterwards.")
    at: datetime

    @classmethod
    def of(cls, topped_up: ToppedUp) -> "TopUpOut":
        """Show a top-up."""
        return cls.model_construct(
            id=topped_up.transfer_id,
            wallet=topped_up.wallet_id,
            amount=MoneyOut.of(topped_up.amount),
            balance=MoneyOut.of(topped_up.balance),
            at=topped_up.at,
        )


@router.post("/{token}/top-ups", status=201, errors=(refusals.TopUpDisabled, *_REFUSALS, *CHECKING))
@keyed("wallets.top_up")
def top_up(request: HttpRequest, token: Reference, body: TopUpIn) -> TopUpOut | HttpResponse:
    """Bring money into an own wallet, where the house lets customers do so."""
    own = ask_as_owner(request, token, "wallets:spend")
    return tell(
        actions.top_up(
            customer_id=own.customer_id,
            ask=Funding(wallet_id=own.wallet_id, amount=money_in(body), summary=body.summary),
            once=once(request, "wallets.top_up", TopUpOut.of),
            by=own.actor,
        )
    )


@operators.post("/top-ups", status=201, errors=(*_REFUSALS, Stopped))
@keyed("wallets.post_top_up")
def post_top_up(request: HttpRequest, body: OperatorTopUpIn) -> TopUpOut | HttpResponse:
    """Post a customer's top-up by hand, with reason and evidence."""
    by = operator(request, Right.WALLETS_TOP_UP)
    return tell(
        actions.post_top_up(
            ask=Funding(
                wallet_id=WalletId(body.wallet), amount=money_in(body), summary=body.summary
            ),
            grounds=Grounds(reason=body.reason, evidence=body.evidence),
            once=once(request, "wallets.post_top_up", TopUpOut.of),
            by=by,
        )
    )
