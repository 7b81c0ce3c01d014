"""``/me/balances``: what all wallets of a customer hold together; ``/me/closing`` when nothing is left."""

from django.http import HttpRequest
from pydantic import Field

from fondaco.identity.errors import StepUpRequired
from fondaco.identity.queries import check_step_up
from fondaco.kit import clock
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict
from fondaco.kit.lifecycle import IllegalMove
from fondaco.wallets.actions.closing import leave
from fondaco.wallets.api.asking import ask_as
from fondaco.wallets.queries.wallets import list_balances
from fondaco.wallets.refusals import WalletNotEmpty
from fondaco.wallets.types import Balance

router = Router(tags=["wallets"])


class BalanceOut(Strict):
    """Show what there is in one currency."""

    currency: str = Field(examples=["USD"])
    total: str = Field(examples=["12.34"])
    reserved: str = Field(description="Held for charges and orders that are not finished.")
    available: str

    @classmethod
    def of(cls, balance: Balance) -> "BalanceOut":
        """Show a balance."""
        return cls.model_construct(
            currency=balance.total.asset.code,
            total=balance.total.to_text(),
            reserved=balance.reserved.to_text(),
            available=balance.available.to_text(),
        )


class BalancesOut(Strict):
    """Show what all wallets of a customer hold together."""

    items: list[BalanceOut]


class ClosingIn(Strict):
    """Take whether what is known of the person is destroyed, too."""

    erase_my_data: bool = False


@router.get("/balances")
def show_balances(request: HttpRequest) -> BalancesOut:
    """Show what one holds in each currency: total, reserved and available."""
    asker = ask_as(request, "wallets:read")
    balances = list_balances(customer_id=asker.customer_id)
    return BalancesOut(items=[BalanceOut.of(balance) for balance in balances])


@router.post("/closing", errors=(WalletNotEmpty, IllegalMove, StepUpRequired))
def close_me(request: HttpRequest, body: ClosingIn | None = None) -> None:
    """Leave for good: one's empty wallets are closed, and nobody acts for the customer any more."""
    who = principal(request)
    asker = ask_as(request, "members:manage")
    check_step_up(session_id=who.session_id, at=clock.now())
    erased = who.user_id if body and body.erase_my_data else None
    leave(customer_id=asker.customer_id, erased=erased, by=asker.actor)
