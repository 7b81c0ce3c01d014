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
    GroupedIn,
    GroupIn,
    GroupOut,
    GroupsOut,
    LevelIn,
    ReasonIn,
    UserOut,
)
from fondaco.identity.errors import GroupNameTaken
from fondaco.identity.states import CustomerKind
from fondaco.kit.access import Principal, Role, require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Text
from fondaco.kit.lifecycle import IllegalMove

router = Router(auth=staff, tags=["customers"])
groups = Router(auth=staff, tags=["customers"])

_READ = "customers:read"
_DISABLE = "customers:disable"
_LEVEL = "customers:level"
_GROUP = "customers:group"


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


@router.put("/{customer_id}/group")
def put_into_group(
    request: HttpRequest, customer_id: CustomerWireId, body: GroupedIn
) -> CustomerOut:
    """Move a customer into a group, or out of all."""
    who = _writer(request, _GROUP)
    done = actions.put_into_group(customer_id=customer_id, group_id=body.group_id, by=who.actor)
    return CustomerOut.of(done)


@groups.get("")
def list_groups(request: HttpRequest) -> GroupsOut:
    """List the groups of customers by name."""
    require(principal(request), _READ)
    return GroupsOut(items=[GroupOut.of(group) for group in queries.list_groups()])


@groups.post("", status=201, errors=(GroupNameTaken,))
def make_group(request: HttpRequest, body: GroupIn) -> GroupOut:
    """Make an empty group, to which rules may be given."""
    who = _writer(request, _GROUP)
    return GroupOut.of(actions.make_group(name=body.name, by=who.actor))


def _writer(request: HttpRequest, permission: str) -> Principal:
    return require(principal(request), permission, Role.OPERATOR, Role.MASTER_ADMIN)
