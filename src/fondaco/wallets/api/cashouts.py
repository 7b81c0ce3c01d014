"""``/wallets/{token}/cash-outs`` and ``/cash-outs`` for customers, ``/operator/cash-outs`` for the house."""

from django.http import HttpRequest, HttpResponse
from ninja import Query

from fondaco.identity.errors import MoneyHeld
from fondaco.kit.django.api.auth import staff
from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import MoneyIn, Strict
from fondaco.kit.lifecycle import IllegalMove
from fondaco.operators.rights import Right
from fondaco.orders.kinds import OrderNotCancellable
from fondaco.orders.queries import list_orders
from fondaco.orders.shapes import OrderOut
from fondaco.orders.states import OrderState
from fondaco.orders.types import OrderFilter
from fondaco.policies.errors import CHECKING, UnderReview
from fondaco.wallets import refusals
from fondaco.wallets.actions import cashouts as actions
from fondaco.wallets.api.asking import ask_as, ask_as_owner, operator
from fondaco.wallets.api.fields import Address, OrderWireId, Reference, Sentence, Summary, money_in
from fondaco.wallets.api.orders import answer_order
from fondaco.wallets.types import CashOutAsk, Grounds

router = Router(tags=["wallets"])
orders = Router(tags=["wallets"])
operators = Router(tags=["operators"], auth=staff)


class CashOutIn(MoneyIn):
    """Take what is to be paid out, and where."""

    destination: Sentence
    comment: Summary = ""
    callback_url: Address = ""


class DecisionIn(Strict):
    """Take why an operator decides so, and what proves it."""

    reason: Sentence
    evidence: Sentence

    def to_grounds(self) -> Grounds:
        """Give the grounds."""
        return Grounds(reason=self.reason, evidence=self.evidence)


class CashOutPaging(Paging):
    """Narrow a list of cash-outs."""

    state: OrderState | None = None


@router.post(
    "/{token}/cash-outs",
    status=201,
    errors=(
        refusals.InsufficientFunds,
        refusals.WalletFrozen,
        refusals.WalletClosed,
        refusals.AmountTooLarge,
        MoneyHeld,
        *CHECKING,
    ),
)
@idempotent("wallets.ask_cash_out")
def ask_cash_out(
    request: HttpRequest, token: Reference, body: CashOutIn
) -> OrderOut | HttpResponse:
    """Ask to be paid out; the money is held until an operator has decided."""
    own = ask_as_owner(request, token, "wallets:spend")
    order = actions.ask_cash_out(
        customer_id=own.customer_id,
        ask=CashOutAsk(
            wallet_id=own.wallet_id,
            amount=money_in(body),
            destination=body.destination,
            comment=body.comment,
            callback_url=body.callback_url,
        ),
        by=own.actor,
    )
    return answer_order(request, order)


@orders.post("/{order_id}/cancel", errors=(IllegalMove, OrderNotCancellable))
@idempotent("wallets.cancel_cash_out")
def cancel_cash_out(request: HttpRequest, order_id: OrderWireId) -> OrderOut:
    """Take a cash-out back before an operator has decided."""
    asker = ask_as(request, "wallets:spend")
    return OrderOut.of(
        actions.cancel_cash_out(order_id=order_id, customer_id=asker.customer_id, by=asker.actor)
    )


@operators.get("/cash-outs")
def list_cash_outs(request: HttpRequest, paging: Query[CashOutPaging]) -> Listing[OrderOut]:
    """List all customers' cash-outs, newest first."""
    operator(request, Right.WALLETS_READ)
    return paged(
        paging,
        lambda after, limit: list_orders(
            narrow=OrderFilter(kind=actions.KIND, state=paging.state), after=after, limit=limit
        ),
        OrderOut.of,
    )


@operators.post(
    "/cash-outs/{order_id}/confirm", errors=(IllegalMove, refusals.WalletFrozen, UnderReview)
)
@idempotent("wallets.confirm_cash_out")
def confirm_cash_out(request: HttpRequest, order_id: OrderWireId, body: DecisionIn) -> OrderOut:
    """Record that a cash-out was paid outside."""
    by = operator(request, Right.WALLETS_CASH_OUT)
    return OrderOut.of(
        actions.confirm_cash_out(order_id=order_id, grounds=body.to_grounds(), by=by)
    )


@operators.post("/cash-outs/{order_id}/reject", errors=(IllegalMove,))
@idempotent("wallets.reject_cash_out")
def reject_cash_out(request: HttpRequest, order_id: OrderWireId, body: DecisionIn) -> OrderOut:
    """Refuse a cash-out; the held money is available again."""
    by = operator(request, Right.WALLETS_CASH_OUT)
    return OrderOut.of(actions.reject_cash_out(order_id=order_id, grounds=body.to_grounds(), by=by))
