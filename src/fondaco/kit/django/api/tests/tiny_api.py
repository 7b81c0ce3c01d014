"""A small API with one operation of each sort, mounted in place of the platform's."""

from typing import Annotated
from uuid import UUID

import psycopg
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path
from ninja import Query
from ninja.errors import HttpError
from pydantic import Field

from fondaco.kit.access import Principal
from fondaco.kit.django.api import problems, throttle
from fondaco.kit.django.api.auth import find_principal, principal, spend, staff
from fondaco.kit.django.api.factory import make_api
from fondaco.kit.django.api.idempotency import idempotency_key, idempotent, keyed
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import MoneyIn, MoneyOut, Strict, Text, WireId
from fondaco.kit.errors import DomainError, Kind
from fondaco.kit.paging import Cursor, Page, page
from fondaco.kit.tests.rows import ROWS, Row
from fondaco.money import Asset

USD = Asset("USD", 2)
ETH = Asset("ETH", 18)
effects: list[str] = []


class Refused(DomainError):
    """Say that the test wanted a refusal."""

    code = "refused"
    kind = Kind.CONFLICT
    title = "The test wanted it."


class ChargeIn(MoneyIn):
    """Take a charge."""

    wallet: Annotated[Text, Field(min_length=1, max_length=64)]
    summary: Annotated[Text, Field(max_length=100)] = ""
    tags: tuple[Text, ...] = ()


class NestedIn(Strict):
    """Take money as an object of its own."""

    price: MoneyIn
    wallet: Annotated[UUID, WireId("wal")] | None = None


class ThingOut(Strict):
    """Show a thing."""

    id: Annotated[UUID, WireId("thg")]
    price: MoneyOut
    label: str


router = Router(tags=["things"])


@router.post("/charges", status=201, limit=throttle.CHARGES)
def charge(request: HttpRequest, body: ChargeIn) -> MoneyOut:
    """Give back what was parsed."""
    principal(request)
    return MoneyOut.of(body.to_money(USD, {"ETH": ETH}.get))


@router.post("/nested", status=201)
def nested(request: HttpRequest, body: NestedIn) -> MoneyOut:
    """Parse an amount within an object."""
    return MoneyOut.of(body.price.to_money(USD, within="price"))


@router.post("/batches", limit=throttle.CHARGES)
def batch(request: HttpRequest, body: list[ChargeIn]) -> None:
    """Count as many charges as the batch holds."""
    spend(request, throttle.CHARGES, cost=len(body) - 1)


@router.get("/things")
def list_things(
    request: HttpRequest,
    paging: Query[Paging],
    prefix: Annotated[str, Query(examples=["plain"])] = "",
) -> Listing[ThingOut]:
    """List rows, newest first."""

    def fetch(after: Cursor | None, limit: int) -> Page[Row]:
        rows = [row for row in ROWS if row.label.startswith(prefix)]
        if after is not None:
            rows = [row for row in rows if (row.at, row.id) < (after.at, after.id)]
        return page(rows[: limit + 1], limit=limit, key=lambda row: Cursor(row.at, row.id))

    return paged(paging, fetch, _shape)


@router.get("/things/{thing}")
def get_thing(request: HttpRequest, thing: Annotated[UUID, WireId("thg")]) -> ThingOut:
    """Show one row."""
    return _shape(Row(thing, ROWS[0].at, "one"))


@router.post("/once", status=201, errors=(Refused,))
@idempotent("tiny.once")
def once(request: HttpRequest, body: ChargeIn) -> MoneyOut:
    """Note an effect, or be refused after it."""
    effects.append(body.wallet)
    if body.summary == "refuse":
        raise Refused(facts={"left": "0.00"})
    if body.summary == "break":
        raise ZeroDivisionError("secret of the house")
    return MoneyOut.of(body.to_money(USD))


@router.post("/keyed", errors=(Refused,))
@keyed("tiny.keyed")
def keyed_by_hand(request: HttpRequest, body: ChargeIn) -> ThingOut | HttpResponse:
    """Show the key."""
    return HttpResponse(idempotency_key(request, "tiny.keyed").digest.hex())


@router.put("/things/{thing}")
def replace_thing(
    request: HttpRequest, thing: Annotated[UUID, WireId("thg")], body: NestedIn
) -> None:
    """Take a whole thing."""


@router.patch("/things/{thing}")
def change_thing(
    request: HttpRequest, thing: Annotated[UUID, WireId("thg")], body: NestedIn
) -> None:
    """Take parts of a thing."""


@router.delete("/things/{thing}")
def remove_thing(request: HttpRequest, thing: Annotated[UUID, WireId("thg")]) -> None:
    """Take nothing."""


@router.post("/written", limit=throttle.CHARGES, auth=None)
def written(request: HttpRequest, body: NestedIn) -> MoneyOut | HttpResponse:
    """Answer with a problem that is written already."""
    return problems.respond(request, Refused())


@router.get("/staff", auth=staff)
def for_staff(request: HttpRequest) -> None:
    """Let staff in."""


@router.get("/open", auth=None)
def open_to_all(request: HttpRequest) -> ThingOut:
    """Show who asks."""
    who: Principal | None = find_principal(request)
    return ThingOut(
        id=ROWS[0].id, price=MoneyOut(amount="1", currency="USD"), label=str(who and who.actor)
    )


@router.get("/broken/{how}")
def broken(request: HttpRequest, how: str) -> HttpResponseBase:
    """Fail in the named way."""
    if how == "forbidden":
        raise PermissionDenied
    if how == "suspicious":
        raise SuspiciousOperation
    if how == "teapot":
        raise HttpError(418, "secret of the house")
    if how == "large":
        raise HttpError(400, "secret of the house") from RequestDataTooBig
    if how == "undeclared":
        raise Refused
    if how == "lock":
        raise OperationalError("x") from psycopg.errors.LockNotAvailable("secret of the house")
    if how == "gone":
        raise OperationalError("the connection is lost: secret of the house")
    if how == "slow":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 10; SELECT pg_sleep(5)")
    raise ZeroDivisionError("secret of the house")


def _shape(row: Row) -> ThingOut:
    return ThingOut(id=row.id, price=MoneyOut(amount="-1.50", currency="USD"), label=row.label)


def page_that_fails(request: HttpRequest) -> HttpResponse:
    """Fail outside the API."""
    raise ZeroDivisionError("secret of the house")


api = make_api(namespace="tiny")
api.add_router("", router)

urlpatterns = [
    path("api/v1/", api.urls),
    path("api/bare", page_that_fails),
    path("web", page_that_fails),
]
