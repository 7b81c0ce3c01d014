"""The fields that several operations of investing share."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from fondaco.investing.types import ACTIVITY, ADVICE, QUOTE
from fondaco.kit.access import Actor, require, require_customer
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.schemas import MoneyIn, Text, WireId
from fondaco.money import Money
from fondaco.wallets.actions.currencies import default_asset
from fondaco.wallets.queries.assets import find_asset

ActivityWireId = Annotated[UUID, WireId(ACTIVITY)]
AdviceWireId = Annotated[UUID, WireId(ADVICE)]
QuoteWireId = Annotated[UUID, WireId(QUOTE)]
WalletReference = Annotated[
    Text, Field(max_length=64, description="A wallet's token, or its identifier.")
]
SEE = "wallets:read"
"""The permission to see what one holds, and to be advised."""
TRADE = "wallets:spend"
"""The permission to buy and sell, and to say how the portfolio is kept."""


@dataclass(frozen=True, slots=True)
class Investor:
    """Name the customer for whom somebody asks, and who that is."""

    customer_id: UUID
    actor: Actor


def investor(request: HttpRequest, permission: str) -> Investor:
    """Give the customer for whom the caller acts, when he has the permission.

    :raises Forbidden: he has not, or acts for no customer
    """
    who = require(principal(request), permission)
    return Investor(require_customer(who), who.actor)


def sum_in(body: MoneyIn | None) -> Money | None:
    """Give a sum that may be absent.

    :raises InvalidField: the currency is unknown, or the amount has more places than it
    """
    if body is None:
        return None
    return body.to_money(default_asset(), lambda code: find_asset(code=code), within="sum")


def percent(parts: int) -> str:
    """Write parts of a million as per cent, such as ``12.3456``."""
    return format(Decimal(parts).scaleb(-4), "f")
