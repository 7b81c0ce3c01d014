"""The fields that several operations of wallets share."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from fondaco.kit.django.api.schemas import MoneyIn, Text, WireId
from fondaco.money import Money
from fondaco.orders.types import PREFIX as ORDER
from fondaco.wallets.actions.currencies import default_asset
from fondaco.wallets.queries.assets import find_asset
from fondaco.wallets.types import CUSTOMER, REQUEST, SUMMARY_MAX, TRANSFER, WALLET

CustomerWireId = Annotated[UUID, WireId(CUSTOMER)]
OrderWireId = Annotated[UUID, WireId(ORDER)]
RequestWireId = Annotated[UUID, WireId(REQUEST)]
TransferWireId = Annotated[UUID, WireId(TRANSFER)]
WalletWireId = Annotated[UUID, WireId(WALLET)]

REFERENCE_MAX = 64
Reference = Annotated[
    Text,
    Field(
        max_length=REFERENCE_MAX,
        description="A wallet's token, or the identifier of an own wallet.",
    ),
]
Summary = Annotated[Text, Field(max_length=SUMMARY_MAX)]
Label = Annotated[Text, Field(max_length=80)]
Sentence = Annotated[Text, Field(min_length=1, max_length=500)]
Address = Annotated[Text, Field(max_length=500)]


def money_in(body: MoneyIn, *, within: str = "") -> Money:
    """Give an amount in its currency, or in the tenant's default one.

    ``within`` is the name of the field that holds the amount, for the refusal.

    :raises InvalidField: the currency is unknown, or the amount has more places than it
    """
    return body.to_money(default_asset(), lambda code: find_asset(code=code), within=within)
