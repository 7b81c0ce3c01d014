"""``/operator/assets``: what companies do to their shares."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from fondaco.instruments import errors as prices
from fondaco.instruments.shapes import Symbol
from fondaco.investing import errors
from fondaco.investing.actions.corporate import Served, pay_dividend, split_shares
from fondaco.investing.actions.portfolios import set_advisor_ref
from fondaco.kit.access import Actor, require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Amount, Strict, Text, WireId
from fondaco.kit.errors import InvalidField
from fondaco.operators.rights import Right
from fondaco.wallets.types import CUSTOMER

router = Router(tags=["operators"], auth=staff)

CustomerWireId = Annotated[UUID, WireId(CUSTOMER)]
_PLACES_MAX = 10


class AssetDividendIn(Strict):
    """Take what a company pays for each share."""

    day: date
    per_share: Annotated[Amount, Field(description="In the asset's own currency.")]


class AssetSplitIn(Strict):
    """Take so many new shares for so many old ones."""

    day: date
    new: Annotated[int, Field(ge=1, le=1_000_000)]
    old: Annotated[int, Field(ge=1, le=1_000_000)]


class AssetServedOut(Strict):
    """Count whom it reached."""

    holders: int
    left: int = Field(description="Not yet: their wallet takes no money. Ask again later.")

    @classmethod
    def of(cls, served: Served) -> "AssetServedOut":
        """Show counts."""
        return cls(holders=served.holders, left=served.left)


class AdvisorRefIn(Strict):
    """Take by which name the service outside knows a customer; empty: by none."""

    advisor_ref: Annotated[Text, Field(max_length=80)]


@router.post(
    "/assets/{symbol}/dividends",
    status=201,
    errors=(prices.NotTradable, errors.AlreadyDeclared, prices.RateMissing),
)
@idempotent("investing.pay_dividend")
def pay_asset_dividend(
    request: HttpRequest, symbol: Symbol, body: AssetDividendIn
) -> AssetServedOut:
    """Pay everybody who holds a share now."""
    per_share = Decimal(body.per_share)
    if round(per_share, _PLACES_MAX) != per_share:
        raise InvalidField(f"It has {_PLACES_MAX} places at most.", field="per_share")
    by = _operator(request)
    return AssetServedOut.of(pay_dividend(symbol=symbol, day=body.day, per_share=per_share, by=by))


@router.post(
    "/assets/{symbol}/splits", status=201, errors=(prices.NotTradable, errors.AlreadyDeclared)
)
@idempotent("investing.split_shares")
def split_asset(request: HttpRequest, symbol: Symbol, body: AssetSplitIn) -> AssetServedOut:
    """Give everybody so many new shares for so many old ones."""
    served = split_shares(
        symbol=symbol,
        day=body.day,
        numerator=body.new,
        denominator=body.old,
        by=_operator(request),
    )
    return AssetServedOut.of(served)


@router.put("/portfolios/{customer_id}/advisor-ref")
def name_for_advisor(request: HttpRequest, customer_id: CustomerWireId, body: AdvisorRefIn) -> None:
    """Say by which name the service outside knows a customer."""
    set_advisor_ref(customer_id=customer_id, advisor_ref=body.advisor_ref, by=_operator(request))


def _operator(request: HttpRequest) -> Actor:
    return require(principal(request), Right.INVESTING_MANAGE).actor
