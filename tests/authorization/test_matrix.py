"""Each operation × each role × own, other's and another tenant's: the answer that ``matrix.txt`` says.

A row that is missing is made by sending the requests: the failing test prints it. Read it, doubt it, and put
it into the table.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from fondaco.kit.django import tenancy
from fondaco.project.api import api as described
from fondaco.wallets.tests.cast import Person
from tests.authorization.asking import body_of, path_of
from tests.authorization.callers import ROLES, Caller, Cast, gather, user_of
from tests.authorization.objects import BODIES, FLEETING, OBJECTS, Make
from tests.plumbing.api import ApiClient

TABLE: Final = Path(__file__).with_name("matrix.txt")
PREFIX: Final = "/api/v1"
KINDS: Final = {"client": "client", "corporate": "corporate", "bank": "bank"}
REFUSALS: Final = {401, 403, 404}
BETA: Final = ApiClient("beta.test")


@cache
def document() -> Any:
    return described.get_openapi_schema()


def operations() -> dict[str, Any]:
    """Give each operation by its name in the table, such as ``POST /charges``."""
    return {
        f"{verb.upper()} {path.removeprefix(PREFIX)}": operation
        for path, item in document()["paths"].items()
        for verb, operation in item.items()
    }


def rows() -> dict[str, list[str]]:
    """Read the table: the name of an operation, then a cell for each role, then what belongs to others."""
    found: dict[str, list[str]] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, cells = line.split("|", 1)
            found[name.strip()] = cells.split()
    return found


@pytest.fixture(scope="module")
def cast() -> Iterator[Cast]:
    with tenancy.scope("alpha"):
        yield gather("alpha.test")


def outcome(status: int) -> str:
    """Write an answer as the table does: past the gate is ``ok``, whatever the state of things then says."""
    return str(status) if status in REFUSALS else "ok"


def ask(cast: Cast, caller: Caller, name: str, *, others: bool = False) -> str:
    """Send an operation as a caller, about his own thing or about another's."""
    verb, path = name.split(" ")
    operation = operations()[name]
    owner, user_id = _owner(cast, caller, others=others)
    make = next((make for start, make in OBJECTS.items() if path.startswith(start)), None)
    names = _names(cast, make, owner, user_id, is_read=verb == "GET") if "{" in path else {}
    body = BODIES[name](cast) if name in BODIES else body_of(operation, document())
    answer = caller.send(verb, path_of(path, operation, names), body)
    assert answer.status_code < 500, f"{name} as {caller.role}: {answer.content!r}"
    if answer.status_code in {400, 422}:
        code, field = answer.json()["code"], answer.json().get("field")
        assert code not in {"malformed_body", "unknown_field", "idempotency_key_required"}
        assert code != "invalid_field" or name in BODIES or name.startswith("POST /auth/"), (
            f"{name}: give a body in objects.BODIES; {field}: {answer.json()['detail']}"
        )
    return outcome(answer.status_code)


OF_NOBODY: Final = {
    "GET /assets/{symbol}",
    "GET /assets/{symbol}/stats",
    "PUT /portfolio/mappings/{name}",
}
"""What belongs to the house and is for all customers, or is named by each customer for himself."""

ENDING: Final = {"POST /me/closing", "POST /me/erasure"}
"""After these nobody of the cast is left to ask for more."""


def _owner(cast: Cast, caller: Caller, *, others: bool) -> tuple[Person, UUID]:
    """Give the customer and the person whose things are asked for; guests and staff ask for the company's."""
    if others:
        stranger = cast.strangers[KINDS.get(caller.role, "company")]
        return stranger, user_of(stranger)
    owner = cast.callers["owner"]
    person, user_id = caller.person or owner.person, caller.user_id or owner.user_id
    assert person is not None
    assert user_id is not None
    return person, user_id


def _names(
    cast: Cast, make: Make | None, owner: Person, user_id: UUID, *, is_read: bool
) -> Mapping[str, str]:
    """Make what the path names: for reads once, since they leave it as it is."""
    if make is None:
        return {}
    place, is_read = (make, user_id), is_read and make not in FLEETING
    if is_read and place in cast.made:
        return cast.made[place]
    names = make(cast, owner, user_id)
    if is_read:  # what is written to may be gone afterwards
        cast.made[place] = names
    return names


def measured(cast: Cast, name: str) -> list[str]:
    """Give what a row's cells would be today."""
    if name in ENDING:
        cast = gather("alpha.test")
    cells = [ask(cast, cast.callers[role], name) for role in ROLES]
    if "{" not in name:
        return [*cells, "-"]
    past = [role for role, cell in zip(ROLES, cells, strict=True) if cell == "ok"]
    answers = {ask(cast, cast.callers[role], name, others=True) for role in past}
    return [*cells, "/".join(sorted(answers)) or "-"]


def written(name: str, cells: list[str]) -> str:
    """Write a row in the table's columns."""
    columns = zip(cells, (*ROLES, "others"), strict=True)
    return f"{name:<58}|" + "".join(f" {cell:>{len(role)}}" for cell, role in columns)


class TestTheTable:
    def test_has_a_row_for_each_operation_and_no_other(self) -> None:
        assert sorted(rows()) == sorted(operations())

    def test_has_a_cell_for_each_role_and_one_for_others(self) -> None:
        wrong = [name for name, cells in rows().items() if len(cells) != len(ROLES) + 1]
        assert wrong == []

    def test_is_written_in_columns(self) -> None:
        lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if "|" in line]
        told = [line for line in lines if not line.startswith("#")]
        assert told == [written(name, cells) for name, cells in rows().items()]

    def test_lets_no_customer_reach_what_is_another_s(self) -> None:
        """Staff alone may pass with what belongs to others."""
        customers = slice(1, ROLES.index("operator"))
        open_ones = [
            name for name, cells in rows().items() if "ok" in cells[-1] and "ok" in cells[customers]
        ]
        assert sorted(set(open_ones) - OF_NOBODY) == []

    def test_lets_the_auditor_write_nothing(self) -> None:
        at = ROLES.index("auditor")
        writes = {
            name
            for name, cells in rows().items()
            if cells[at] == "ok" and not name.startswith("GET ")
        }
        assert {name for name in writes if not name.startswith(OWN)} == set()

    def test_lets_guests_do_little(self) -> None:
        open_ones = [name for name, cells in rows().items() if cells[0] != "401"]
        assert [name for name in open_ones if not name.split(" ")[1].startswith(OPEN)] == []


OWN: Final = (
    "POST /auth/",
    "POST /me",
    "DELETE /me",
    "PUT /me",
    "PATCH /me",
    "POST /ledger/verify",
    "POST /operator/evidence",
    "POST /operator/market/formulas/preview",
)
"""What everybody may do about himself; to recompute books, pack them up or try a formula changes nothing."""
OPEN: Final = ("/auth/", "/market/", "/proofs", "/ledger/keys", "/notifications/unsubscribe/")
"""Where one becomes known, what the house shows to all, and links in mailings, which prove themselves."""


@pytest.mark.parametrize("name", sorted(operations()))
class TestAnOperation:
    def test_answers_each_role_as_the_table_says(self, cast: Cast, name: str) -> None:
        with tenancy.scope("alpha"):
            cells = measured(cast, name)
        expected = rows().get(name)
        assert cells == expected, f"the row would be\n{written(name, cells)}"

    def test_refuses_credentials_of_another_tenant(self, cast: Cast, name: str) -> None:
        verb, path = name.split(" ")
        operation = operations()[name]
        target = path_of(path, operation, {})
        body = body_of(operation, document())
        answer = BETA.send(verb, target, body, token=cast.admins_token)
        assert answer.status_code == 401
