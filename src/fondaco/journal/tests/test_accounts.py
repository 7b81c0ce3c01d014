"""The books over HTTP, for the house's own people."""

from typing import Any, ClassVar
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest

from fondaco.kit import access, clock
from fondaco.kit.access import Actor, ActorKind, Principal, Role
from fondaco.kit.ids import encode, uuid7
from fondaco.kit.options import override
from fondaco.ledger import actions
from fondaco.ledger.dating import MICROSECOND
from fondaco.ledger.tests.books import (
    BY,
    KIND,
    account,
    give,
    hold,
    move,
    open_bank,
    open_wallet,
    post,
)
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a function that lets the next requests come from a principal of one's choice."""

    class Always:
        def __init__(self, who: Principal) -> None:
            self.who = who

        def authenticate(self, headers: object, call: object = None) -> Principal:
            del headers
            return self.who

    def ask_as(role: Role, *permissions: str) -> None:
        actor = Actor(ActorKind.OPERATOR, "usr_test")
        who = Principal(actor, role, uuid4(), None, None, frozenset(permissions))
        monkeypatch.setattr(access, "_installed", [Always(who)])

    return ask_as


class TestAccounts:
    """Accounts and their histories."""

    def test_show_balances_on_their_normal_side(self, api: ApiClient, asking: Any) -> None:
        """In major units, with what is held."""
        asking(Role.AUDITOR, "ledger:read")
        bank, wallet = open_bank(), open_wallet(floor=-50)
        post(move(bank, wallet, 1234), hold(wallet, bank, 200))
        code = account(wallet).code
        assert api.get(f"/ledger/accounts/{code}").json() == {
            "code": code,
            "currency": "USD",
            "kind": "liability",
            "posted": "12.34",
            "held": "2.00",
            "available": "10.34",
            "floor": "-0.50",
            "frozen": False,
            "closed": False,
            "version": 2,
            "debits_posted": "0.00",
            "credits_posted": "12.34",
            "debits_pending": "2.00",
            "credits_pending": "0.00",
        }
        found = api.get(f"/ledger/accounts?prefix={account(bank).code}").json()
        assert [(one["posted"], one["floor"]) for one in found["items"]] == [("12.34", None)]

    def test_show_every_line_with_the_balance_after_it(self, api: ApiClient, asking: Any) -> None:
        """Newest first, in pages, refused attempts among them."""
        asking(Role.OPERATOR, "ledger:read")
        payer, payee = open_wallet(), open_wallet()
        give(payer, 1000)
        post(move(payer, payee, 10, memo="tea"), move(payer, payee, 999_999))
        path = f"/ledger/accounts/{account(payer).code}/history"
        body = api.get(f"{path}?limit=2").json()
        lines = body["items"] + api.get(f"{path}?limit=2&cursor={body['next']}").json()["items"]
        told = [(line["direction"], line["amount"], line["balance_after"]) for line in lines]
        assert told == [
            ("debit", "0.10", "9.90"),
            ("debit", "9999.99", None),
            ("credit", "10.00", "10.00"),
        ]
        assert [line["result"] for line in lines] == ["posted", "insufficient_funds", "posted"]
        assert (lines[0]["memo"], lines[0]["kind"], lines[0]["version"]) == ("tea", KIND, 2)
        failed = api.get(f"{path}?succeeded=false&kind={KIND}").json()["items"]
        assert [line["amount"] for line in failed] == ["9999.99"]

    def test_are_not_found_by_a_wrong_code(self, api: ApiClient, asking: Any) -> None:
        """Neither the account nor its history."""
        asking(Role.AUDITOR, "ledger:read")
        for path in ("accounts/none", "accounts/none/history"):
            assert api.get(f"/ledger/{path}").status_code == 404

    def test_travel_in_time(self, api: ApiClient, asking: Any) -> None:
        """To just before an instant, and to each version."""
        asking(Role.AUDITOR, "ledger:read")
        wallet, bank = open_wallet(), open_bank()
        code = account(wallet).code
        (first,) = post(move(bank, wallet, 100))
        (second,) = post(hold(wallet, bank, 30))

        def seen(**moment: Any) -> tuple[int, str, str]:
            body = api.get(f"/ledger/accounts/{code}?{urlencode(moment)}").json()
            return body["version"], body["posted"], body["available"]

        with override(ledger_horizon_ms=0):
            assert seen(at=first.at.isoformat()) == (0, "0.00", "0.00")
            assert seen(at=(first.at + MICROSECOND).isoformat()) == (1, "1.00", "1.00")
            assert seen(at=(second.at + MICROSECOND).isoformat()) == (2, "1.00", "0.70")
        assert [seen(version=number) for number in (0, 1, 2)] == [
            (0, "0.00", "0.00"),
            (1, "1.00", "1.00"),
            (2, "1.00", "0.70"),
        ]

    @pytest.mark.parametrize(
        ("asked", "status", "code", "field"),
        [
            ("version=3", 422, "invalid_field", "version"),
            ("version=-1", 422, "invalid_field", "version"),
            ("version=0&at=2026-01-01T00:00:00Z", 422, "invalid_field", "version"),
            ("at=2999-01-01T00:00:00Z", 422, "invalid_field", "at"),
            ("at=yesterday", 422, "invalid_field", "at"),
            ("at=now", 503, "instant_not_settled", "at"),
        ],
    )
    def test_do_not_tell_what_is_not_settled(
        self, api: ApiClient, asking: Any, asked: str, status: int, code: str, field: str
    ) -> None:
        """Nor of a version or an instant to come."""
        asking(Role.AUDITOR, "ledger:read")
        asked = asked.replace("=now", f"={quote(clock.now().isoformat())}")
        with override(ledger_horizon_ms=60_000):
            refused = api.get(f"/ledger/accounts/{account(open_wallet()).code}?{asked}")
        assert (refused.status_code, refused.json()["code"]) == (status, code)
        assert refused.json()["field"] == field

    def test_page_through_codes(self, api: ApiClient, asking: Any) -> None:
        """The cursor is a code."""
        asking(Role.AUDITOR, "ledger:read")
        place = f"custom:{uuid4().hex}"
        one = account(open_bank())
        for number in range(3):
            actions.open_account(
                code=f"{place}:{number}", asset=one.asset, kind=one.kind, floor=None, by=BY
            )
        body = api.get(f"/ledger/accounts?prefix={place}&limit=2").json()
        rest = api.get(f"/ledger/accounts?prefix={place}&limit=2&cursor={body['next']}").json()
        codes = [item["code"][-1] for item in [*body["items"], *rest["items"]]]
        assert (codes, rest["next"]) == (["0", "1", "2"], None)


class TestOpening:
    """New accounts."""

    GROUNDS: ClassVar = {"reason": "a new bank", "evidence": "contract 7"}

    def test_gives_one_account_for_a_code(self, api: ApiClient, asking: Any) -> None:
        """With its floor, or none."""
        asking(Role.OPERATOR, "ledger:write")
        body = {"code": f"custom:{uuid4().hex}", "currency": "USD", "kind": "liability"}
        for _ in range(2):
            opened = api.post("/ledger/accounts", {**body, "floor": "-2.50"})
            assert (opened.status_code, opened.json()["floor"]) == (201, "-2.50")
        other = api.post("/ledger/accounts", {**body, "kind": "asset"})
        assert (other.status_code, other.json()["code"]) == (409, "account_differs")
        free = {**body, "code": f"custom:{uuid4().hex}", "floor": None}
        assert api.post("/ledger/accounts", free).json()["floor"] is None

    @pytest.mark.parametrize(
        ("permissions", "changed", "status", "field"),
        [
            (["ledger:read"], {}, 403, None),
            (["ledger:write"], {"code": "banks:main:USD", **GROUNDS}, 403, "code"),
            (["ledger:adjust"], {"code": "banks:main:USD"}, 422, "reason"),
            (["ledger:adjust"], {"code": "wallets:wal_1:USD", **GROUNDS}, 403, "code"),
            (["ledger:write"], {"currency": "DOGE"}, 422, "currency"),
            (["ledger:write"], {"floor": "0.001"}, 422, "floor"),
        ],
    )
    def test_names_what_is_wrong(
        self,
        api: ApiClient,
        asking: Any,
        permissions: list[str],
        changed: dict[str, str],
        status: int,
        field: str | None,
    ) -> None:
        """Or whose right is missing."""
        asking(Role.OPERATOR, *permissions)
        body = {"code": f"custom:{uuid4().hex}", "currency": "USD", "kind": "asset", **changed}
        refused = api.post("/ledger/accounts", body)
        assert (refused.status_code, refused.json().get("field")) == (status, field)

    def test_opens_the_houses_own_for_a_reason(self, api: ApiClient, asking: Any) -> None:
        """By those who may adjust."""
        asking(Role.OPERATOR, "ledger:adjust")
        body = {"code": f"banks:{uuid4().hex}:USD", "currency": "USD", "kind": "asset"}
        opened = api.post("/ledger/accounts", {**body, **self.GROUNDS})
        assert (opened.status_code, opened.json()["kind"]) == (201, "asset")


class TestTransfers:
    """Single transfers."""

    def test_show_both_sides_and_who_did_it(self, api: ApiClient, asking: Any) -> None:
        """A refused attempt is none."""
        asking(Role.MASTER_ADMIN, "*")
        bank, wallet = open_bank(), open_wallet()
        done, refused = move(bank, wallet, 5, metadata={"a": 1}), move(wallet, bank, 9)
        post(done, refused)
        shown = api.get(f"/ledger/transfers/{encode('tr', done.id)}").json()
        assert (shown["debit"], shown["credit"]) == (account(bank).code, account(wallet).code)
        assert (shown["amount"], shown["currency"], shown["metadata"]) == ("0.05", "USD", {"a": 1})
        assert (shown["actor"], shown["step"], shown["result"]) == (str(BY), "post", "posted")
        for unknown in (refused.id, uuid7()):
            assert api.get(f"/ledger/transfers/{encode('tr', unknown)}").status_code == 404


@pytest.mark.parametrize(
    ("role", "permissions", "status"),
    [(Role.CLIENT, ["*"], 403), (Role.OPERATOR, ["audit:read"], 403), (Role.OPERATOR, ["*"], 200)],
)
def test_the_books_are_for_staff_with_the_right(
    api: ApiClient, asking: Any, role: Role, permissions: list[str], status: int
) -> None:
    """Customers see wallets, not the ledger."""
    asking(role, *permissions)
    code = account(open_bank()).code
    for path in ("accounts", f"accounts/{code}", f"accounts/{code}/history"):
        assert api.get(f"/ledger/{path}").status_code == status
