"""What takes effect by signatures alone once the house says so.

In a tenant of its own, since policies are the house's.
"""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from fondaco.identity import queries as people
from fondaco.identity.states import StaffRole
from fondaco.identity.tests.people import make_operator, sign_in, unique
from fondaco.identity.types import User
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import schemas
from fondaco.ledger import actions as ledger, queries as books
from fondaco.ledger.tests.books import USD
from fondaco.ledger.types import AccountKind
from fondaco.operators.rights import Right
from fondaco.operators.signed import ADJUST, RIGHTS
from fondaco.signing.tests.cast import band, decide
from fondaco.signing.types import Band, StageRule
from tests.plumbing.api import ApiClient

GROUNDS = {"reason": "wrong booking", "evidence": "ticket 7"}


@pytest.fixture(scope="module")
def house() -> Iterator[Any]:
    """Give a house of two admins and two bookkeepers: rights are signed, and adjustments from 100 dollars."""
    name = f"signed_{uuid4().hex[:12]}"
    host = f"{name.replace('_', '-')}.test"
    made = schemas.create_tenant(name=name, mode="demo", hosts=[host])
    with tenancy.scope(made.scope.name):
        admins = [make_operator(role=StaffRole.MASTER_ADMIN) for _ in range(2)]
        held = frozenset({Right.LEDGER_ADJUST.value, Right.LEDGER_READ.value})
        keepers = [make_operator(permissions=held) for _ in range(2)]
        sign_rights = StageRule(group=Right.OPERATORS_SIGN, required=1)
        decide(None, RIGHTS, Band(stages=(sign_rights,)))
        decide(None, ADJUST, band(high="100"), band(("ledger:adjust", 1), low="100"))
        yield SimpleNamespace(api=ApiClient(host), admins=admins, keepers=keepers)


def token(user: User) -> str:
    return sign_in(user).access_token


def accounts() -> tuple[str, str]:
    """Open an account of the bank and one of a customer."""
    bank, wallet = (f"{place}:{uuid4().hex}:USD" for place in ("providers", "wallets"))
    ledger.open_account(code=bank, asset=USD, kind=AccountKind.ASSET, floor=None, by=SYSTEM)
    ledger.open_account(code=wallet, asset=USD, kind=AccountKind.LIABILITY, floor=0, by=SYSTEM)
    return bank, wallet


def has(code: str) -> str:
    return books.get_account(code=code).posted.to_text()


def sign(house: Any, request: Any, who: User) -> Any:
    path = f"/signatures/{request['id']}/sign"
    return house.api.post(path, {"digest": request["digest"]}, token=token(who))


class TestRights:
    def test_are_not_changed_by_one_person(self, house: Any) -> None:
        operator, (admin, _) = make_operator(), house.admins
        path = f"/operator/people/{operator.wire_id}"
        new = {"role": "master_admin", "rights": []}
        appointment = {"email": f"{unique()}@example.com", "first_name": "O", "last_name": "K"}
        answers = [
            house.api.put(f"{path}/rights", new, token=token(admin)),
            house.api.post(f"{path}/set-up-token", token=token(admin)),
            house.api.post("/operator/people", {**appointment, **new}, token=token(admin)),
        ]
        assert [answer.json()["code"] for answer in answers] == ["signature_required"] * 3
        assert people.get_user(operator.id) == operator
        assert people.find_user(identifier=appointment["email"]) is None
        bare = {**appointment, "role": "operator", "rights": []}
        assert house.api.post("/operator/people", bare, token=token(admin)).status_code == 201

    def test_are_changed_with_the_signature_of_another(self, house: Any) -> None:
        operator, (admin, other) = make_operator(), house.admins
        path = f"/operator/people/{operator.wire_id}/rights-proposals"
        new = {"role": "operator", "rights": ["jobs:read"]}
        made = house.api.post(path, new, token=token(admin))
        assert made.status_code == 201, made.content
        assert people.get_user(operator.id) == operator
        assert sign(house, made.json(), admin).json()["code"] == "maker_may_not_sign"
        assert sign(house, made.json(), other).json()["state"] == "done"
        assert people.get_user(operator.id).permissions == {"jobs:read"}

    def test_are_not_signed_by_whom_they_are_for(self, house: Any) -> None:
        admin, other = house.admins
        own = frozenset({Right.OPERATORS_SIGN.value})
        operator = make_operator(permissions=own)
        path = f"/operator/people/{operator.wire_id}/rights-proposals"
        new = {"role": "master_admin", "rights": []}
        made = house.api.post(path, new, token=token(admin)).json()
        assert sign(house, made, operator).json()["code"] == "maker_may_not_sign"
        assert people.get_user(operator.id).permissions == own
        assert sign(house, made, other).json()["state"] == "done"


class TestAdjustments:
    def test_of_a_small_amount_are_posted_by_one_person(self, house: Any) -> None:
        bank, wallet = accounts()
        body = {"transfers": [{"debit": bank, "credit": wallet, "amount": "99.99"}], **GROUNDS}
        answer = house.api.post("/ledger/transfers", body, token=token(house.keepers[0]))
        assert (answer.status_code, has(wallet)) == (200, "99.99")

    def test_of_more_are_refused_however_they_are_cut(self, house: Any) -> None:
        bank, wallet = accounts()
        keeper = token(house.keepers[0])
        one = {"debit": bank, "credit": wallet}
        for amounts in (["100.00"], ["60.00", "40.00"]):
            body = {"transfers": [{**one, "amount": each} for each in amounts], **GROUNDS}
            answer = house.api.post("/ledger/transfers", body, token=keeper)
            assert (answer.status_code, answer.json()["code"]) == (409, "signature_required")
        file = f"account,currency,amount\n{wallet},USD,100.00\n"
        opening = {"file": file, "dry_run": False}
        answer = house.api.post("/operator/opening-balances", opening, token=keeper)
        assert answer.json()["code"] == "signature_required"
        assert has(wallet) == "0.00"

    def test_of_more_are_posted_with_the_signature_of_another_and_reversed_likewise(
        self, house: Any
    ) -> None:
        bank, wallet = accounts()
        keeper, other = house.keepers
        body = {"debit": bank, "credit": wallet, "amount": "250.00", **GROUNDS}
        made = house.api.post("/operator/adjustments", body, token=token(keeper)).json()
        assert (has(wallet), made["amount"]["amount"]) == ("0.00", "250.00")
        done = sign(house, made, other).json()
        assert (done["state"], has(wallet)) == ("done", "250.00")
        path = f"/ledger/transfers/{done['result']['transfer']}"
        shown = house.api.get(path, token=token(keeper)).json()
        assert shown["metadata"] == {"signed": made["id"], **GROUNDS}
        answer = house.api.post(f"{path}/reverse", GROUNDS, token=token(keeper))
        assert answer.json()["code"] == "signature_required"
        assert has(wallet) == "250.00"

    def test_that_the_books_refuse_leave_the_last_signature_ungiven(self, house: Any) -> None:
        bank, wallet = accounts()
        keeper, other = house.keepers
        body = {"debit": wallet, "credit": bank, "amount": "250.00", **GROUNDS}
        made = house.api.post("/operator/adjustments", body, token=token(keeper)).json()
        answer = sign(house, made, other)
        assert (answer.status_code, answer.json()["code"]) == (409, "effect_refused")
        assert answer.json()["reason"] == "adjustment_refused"
        shown = house.api.get(f"/signatures/{made['id']}", token=token(other)).json()["request"]
        assert (shown["state"], shown["signatures"], has(wallet)) == ("waiting", [], "0.00")

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"debit": "providers:nobody:USD"}, "debit"),
            ({"amount": "250.001"}, "amount"),
            ({"amount": "-1"}, "amount"),
            ({"evidence": ""}, "evidence"),
            ({"credit": "same"}, "credit"),
        ],
    )
    def test_that_cannot_be_are_refused_by_the_name_of_a_field(
        self, house: Any, changed: dict[str, str], field: str
    ) -> None:
        bank, wallet = accounts()
        if changed.get("credit") == "same":
            changed = {"credit": bank}
        body = {"debit": bank, "credit": wallet, "amount": "250.00", **GROUNDS, **changed}
        answer = house.api.post("/operator/adjustments", body, token=token(house.keepers[0]))
        assert (answer.status_code, answer.json()["field"]) == (422, field)
