"""The house's people in front of the console, in a house of these tests alone."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client

from fondaco.console import visits
from fondaco.identity import models as people
from fondaco.identity.queries import get_user
from fondaco.identity.states import StaffRole
from fondaco.identity.tests.people import make_operator, sign_in, unique
from fondaco.identity.types import User
from fondaco.kit import clock, options
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import schemas
from fondaco.operators.rights import Right

_FIELD: Final = re.compile(r'name="(\w+)" value="([^"]*)"')
_FORM: Final = re.compile(r"<form[^>]*method=\"post\"[^>]*>.*?</form>", re.DOTALL)


@cache
def _house(what: str) -> str:
    name = f"{what}_{uuid4().hex[:12]}"
    schemas.create_tenant(name=name, mode="demo")
    return name


@contextmanager
def desk_house(what: str = "desk") -> Iterator[Any]:
    """Work in a house that the tests of the desk alone know, since rules and stops are a house's."""
    name = _house(what)
    with tenancy.scope(name) as scope, options.override(default_tenant=name, rate_limits=False):
        yield scope


def new_operator(*rights: Right | str, role: StaffRole = StaffRole.OPERATOR) -> User:
    """Make one of the house's people with these rights, who has no password; a master admin holds all."""
    row = people.User.objects.create(
        username=unique("desk"),
        first_name="Olga",
        last_name="Keeper",
        staff_role=role,
        permissions=_held(rights, role),
        created_at=clock.now(),
    )
    return get_user(row.id)


def new_signer(*rights: Right | str) -> User:
    """Make an operator who can prove himself by a password."""
    return make_operator(permissions=frozenset(_held(rights, StaffRole.OPERATOR)))


def give_rights(user: User, *rights: Right | str) -> None:
    """Let an operator have these rights, and no others, from now on."""
    held = _held(rights, StaffRole.OPERATOR)
    people.User.objects.filter(id=user.id).update(permissions=held)


def forget_proof(user: User) -> None:
    """Have it be long ago that somebody proved himself at his devices."""
    people.Session.objects.filter(user_id=user.id).update(proved_at=None)


def _held(rights: Iterable[str], role: StaffRole) -> list[str]:
    return ["*"] if role is StaffRole.MASTER_ADMIN else sorted(str(right) for right in rights)


def entered(user: User) -> Client:
    """Give a browser in which somebody is logged in."""
    client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    response = HttpResponse()
    visits.begin(response, session_id=sign_in(user).session_id)
    client.cookies[visits.cookie_name()] = response.cookies[visits.cookie_name()].value
    return client


def form_of(client: Client, path: str, act: str) -> dict[str, str]:
    """Open a page and give the hidden fields of the form for an act."""
    page = client.get(path).content.decode()
    for form in _FORM.findall(page):
        found = dict(_FIELD.findall(form))
        if found.get("act") == act:
            return found
    raise AssertionError(f"{path} offers no form for {act}")


def send(client: Client, path: str, act: str, **given: Any) -> Any:
    """Fill the form for an act in, and send it."""
    return client.post(path, form_of(client, path, act) | given)


def text_of(answer: Any) -> str:
    """Give what can be read of a page, spaces alike."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())
