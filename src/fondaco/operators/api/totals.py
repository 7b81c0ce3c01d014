"""``/operator/totals``: what the house owes against what it holds."""

from typing import Self

from django.http import HttpRequest
from pydantic import Field

from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict
from fondaco.operators import queries
from fondaco.operators.rights import Right
from fondaco.operators.types import PlatformTotal

router = Router(auth=staff, tags=["operators"])


class AccountTotalOut(Strict):
    """Show what one account holds."""

    account: str = Field(examples=["providers:manual:USD"])
    amount: str


class PlatformTotalOut(Strict):
    """Show one currency of the whole house."""

    currency: str
    obligations: str = Field(description="What all wallets together hold.")
    funds: list[AccountTotalOut] = Field(description="What the house holds, by provider.")
    difference: str = Field(description="Funds less obligations.")
    explained_by: list[AccountTotalOut] = Field(description="What makes up the difference.")

    @classmethod
    def of(cls, total: PlatformTotal) -> Self:
        """Show one currency."""
        return cls(
            currency=total.obligations.asset.code,
            obligations=total.obligations.to_text(),
            funds=[
                AccountTotalOut(account=code, amount=amount.to_text())
                for code, amount in total.funds.items()
            ],
            difference=total.difference.to_text(),
            explained_by=[
                AccountTotalOut(account=code, amount=amount.to_text())
                for code, amount in total.other.items()
            ],
        )


class PlatformTotalsOut(Strict):
    """Show all currencies of the house."""

    items: list[PlatformTotalOut]


@router.get("/totals")
def show_totals(request: HttpRequest) -> PlatformTotalsOut:
    """Set what is owed to customers against what is held at providers, in each currency."""
    require(principal(request), Right.LEDGER_READ)
    return PlatformTotalsOut(
        items=[PlatformTotalOut.of(total) for total in queries.list_platform_totals()]
    )
