"""``/operator/customers``: what the house sees of customers and does to them."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.identity import actions, queries
from fondaco.identity.api.shapes import (
    CustomerFileOut,
    CustomerOut,
    CustomerWireId,
    LevelIn,
    ReasonIn,
    UserOut,
)
from fondaco.identity.states import CustomerKind
from fondaco.kit.access import Principal, Role, require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Text
from fondaco.kit.lifecycle import IllegalMove

router = Router(auth=staff, tags=["customers"])

_READ = "customers:read"
_DISABLE = "customers:disable"
_LEVEL = "customers:level"


class CustomersIn(Paging):
    """Take which customers are looked for."""

    kind: CustomerKind | None = None
    text: Annotated[Text, Field(max_length=200)] = ""


@router.get("")
def list_customers(request: HttpRequest, asked: Query[CustomersIn]) -> Listing[CustomerOut]:
    """List customers, newest first."""
    require(principal(request), _READ)
    return paged(
        asked,
        lambda after, limit: queries.list_customers(
            kind=asked.kind, text=asked.text, after=after, limit=limit
        ),
        CustomerOut.of,
    )


@router.get("/{customer_id}")
def show_customer(request: HttpRequest, customer_id: CustomerWireId) -> CustomerFileOut:
    """Show a customer and the people who act for him."""
    require(principal(request), _READ)
    customer = queries.get_customer(customer_id)
    members = queries.list_members(customer_id=customer_id)
    return CustomerFileOut(
        customer=CustomerOut.of(customer),
        members=[UserOut.of(user) for user in members],
    )


@router.post("/{customer_id}/disable")
def disable_customer(
    request: HttpRequest, customer_id: CustomerWireId, body: ReasonIn
) -> CustomerOut:
    """Shut a customer out: his sessions end at once, his money stays."""
    who = _writer(request, _DISABLE)
    done = actions.disable_customer(customer_id=customer_id, reason=body.reason, by=who.actor)
    return CustomerOut.of(done)


@router.post("/{customer_id}/enable")
def enable_customer(
    request: HttpRequest, customer_id: CustomerWireId, body: ReasonIn
) -> CustomerOut:
    """Let a customer in again."""
    who = _writer(request, _DISABLE)
    done = actions.enable_customer(customer_id=customer_id, reason=body.reason, by=who.actor)
    return CustomerOut.of(done)


@router.put("/{customer_id}/level", errors=(IllegalMove,))
def change_level(request: HttpRequest, customer_id: CustomerWireId, body: LevelIn) -> CustomerOut:
    """Say how far a customer has proved who he is."""
    who = _writer(request, _LEVEL)
    done = actions.change_level(
        customer_id=customer_id, to=body.level, reason=body.reason, by=who.actor
    )
    return CustomerOut.of(done)


def _writer(request: HttpRequest, permission: str) -> Principal:
    return require(principal(request), permission, Role.OPERATOR, Role.MASTER_ADMIN)
