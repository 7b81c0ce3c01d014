"""The house's own people in front of the console, for tests."""

import re
from typing import Any, Final

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fondaco.identity.states import StaffRole
from fondaco.identity.tests.people import PASSWORD, make_operator
from fondaco.identity.types import User
from fondaco.operators.rights import Right, rights_of
from tests.plumbing.counting import nothing_due

_HIDDEN: Final = re.compile(r'name="(\w+)" value="([^"]*)"')


def new_operator(*rights: Right) -> User:
    """Appoint an operator with some rights."""
    given = rights_of(StaffRole.OPERATOR, frozenset(rights))
    return make_operator(role=StaffRole.OPERATOR, permissions=given)


def enter(client: Client, user: User, password: str = PASSWORD) -> Client:
    """Log somebody in by password."""
    given = hidden(client, "/console/login") | {"identifier": user.email, "password": password}
    assert client.post("/console/login", given).status_code == 303
    return client


def hidden(client: Client, path: str, holding: str = "") -> dict[str, str]:
    """Open a page and give the hidden fields of the form that holds a text (the last one, unless given)."""
    forms = re.findall(r"<form.*?</form>", client.get(path).content.decode(), re.DOTALL)
    chosen = [form for form in forms if holding in form] if holding else forms
    return dict(_HIDDEN.findall(chosen[-1]))


def text_of(answer: Any) -> str:
    """Give what stands on a page, without its tags and with spaces alike."""
    content = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(content.split())


def queries_of(client: Client, path: str) -> int:
    """Count what a page asks the database when it is opened again."""
    with nothing_due():
        client.get(path)
        return min(_selects(client, path) for _ in range(2))


def _selects(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    return sum("SELECT" in one["sql"] for one in asked)
