"""``/operator/policies/settings``: rate limits, origins and time zone, where the house has its own."""

from typing import Annotated, Any

from django.http import HttpRequest
from pydantic import Field

from fondaco.identity.types import customer_wire
from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, Text
from fondaco.operators.rights import Right
from fondaco.policies.api.fields import PROPOSING, CustomerWireId
from fondaco.policies.queries.rules import list_settings
from fondaco.policies.signed import SETTING, SettingTerms
from fondaco.signing import actions as signing
from fondaco.signing.shapes import SignRequestOut, person_of

router = Router(auth=staff, tags=["policies"])


class HouseSettingIn(Strict):
    """Take what the house wants otherwise than the environment says."""

    name: Annotated[Text, Field(max_length=40, examples=["rate_charges"])]
    customer: CustomerWireId | None = Field(default=None, description="For whom alone it holds.")
    value: list[list[int]] | list[str] | str | None = Field(
        description="Rate limits: [[requests, seconds], …]; origins: a list; null: the environment's."
    )


class HouseSettingOut(Strict):
    """Show one setting."""

    name: str
    customer: CustomerWireId | None
    value: Any
    own: bool = Field(description="False: the environment says so.")


class HouseSettingsOut(Strict):
    """Show all settings."""

    items: list[HouseSettingOut]


@router.get("/settings")
def list_house_settings(request: HttpRequest) -> HouseSettingsOut:
    """List rate limits, origins and time zone as they hold, and customers' own rate limits."""
    require(principal(request), Right.POLICIES_READ)
    return HouseSettingsOut(
        items=[
            HouseSettingOut(name=name, customer=customer, value=value, own=own)
            for name, customer, value, own in list_settings()
        ]
    )


@router.post("/setting-proposals", status=201, errors=PROPOSING)
@idempotent("policies.propose_setting")
def propose_house_setting(request: HttpRequest, body: HouseSettingIn) -> SignRequestOut:
    """Propose a setting; it holds at once where the house wants no signature for it."""
    who = require(principal(request), Right.POLICIES_PROPOSE)
    terms = SettingTerms(
        name=body.name,
        customer=customer_wire(body.customer) if body.customer else "",
        value=body.value,
    )
    return SignRequestOut.of(signing.propose(kind=SETTING, terms=terms, maker=person_of(who)))
