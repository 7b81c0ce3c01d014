"""Posting to the books over HTTP: results one by one, replays, and whatever somebody may send."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from fondaco.audit.queries import list_entries
from fondaco.kit import access, clock
from fondaco.kit.access import Actor, ActorKind, Principal, Role
from fondaco.kit.django.models import Event
from fondaco.kit.ids import encode, uuid7
from fondaco.kit.options import options, override
from fondaco.ledger import actions, queries
from fondaco.ledger.tests.books import (
    BY,
    USD,
    account,
    give,
    hold,
    move,
    open_bank,
    open_wallet,
    post,
)
from fondaco.ledger.types import AccountKind, TransferId
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")

TRANSFERS = "/ledger/transfers"
GROUNDS = {"reason": "wrong booking", "evidence": "ticket 7"}


class _Always:
    """Let every request come from one principal."""

    def __init__(self, *permissions: str) -> None:
        actor = Actor(ActorKind.OPERATOR, f"usr_{uuid4().hex}")
        self.who = Principal(actor, Role.OPERATOR, uuid4(), None, None, frozenset(permissions))

    def authenticate(self, *_: object) -> Principal:
        return self.who


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> Principal:
    """Ask as a developer who keeps a bare ledger."""
    one = _Always("ledger:write", "ledger:read")
    monkeypatch.setattr(access, "_installed", [one])
    return one.who


@pytest.fixture
def adjuster(monkeypatch: pytest.MonkeyPatch) -> Principal:
    """Ask as an operator who may adjust any account."""
    one = _Always("ledger:adjust", "ledger:read")
    monkeypatch.setattr(access, "_installed", [one])
    return one.who


def custom(kind: AccountKind = AccountKind.LIABILITY, floor: int | None = 0) -> str:
    """Open an account of a bare ledger."""
    code = f"custom:{uuid4().hex}:USD"
    return actions.open_account(code=code, asset=USD, kind=kind, floor=floor, by=BY).code


def source() -> str:
    """Open an account of a bare ledger from which money may come."""
    return custom(AccountKind.ASSET, None)


def one(debit: str, credit: str, amount: Any = "1.00", **more: Any) -> dict[str, Any]:
    return {"debit": debit, "credit": credit, "amount": amount, **more}


def send(api: ApiClient, *transfers: dict[str, Any], **options_: Any) -> Any:
    return api.post(TRANSFERS, {"transfers": list(transfers)}, **options_)


def words(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [one["result"] for one in answer.json()["results"]]


def available(code: str) -> str:
    return queries.get_account(code=code).available.to_text()


class TestPosting:
    def test_gives_each_transfer_a_result_of_its_own(
        self, api: ApiClient, writer: Principal
    ) -> None:
        till, shop, guest = source(), custom(), custom()
        answer = send(
            api,
            one(till, shop, "5.00", memo="opening", metadata={"till": "7"}),
            one(shop, guest, "5.01"),
            one(shop, guest, 2),
            one(shop, shop, "1"),
            one(shop, "custom:nobody:USD", "0.5"),
        )
        assert words(answer) == [
            "posted",
            "insufficient_funds",
            "posted",
            "accounts_equal",
            "account_not_found",
        ]
        assert (answer.json()["succeeded"], answer.json()["refused"]) == (2, 3)
        assert (available(shop), available(guest)) == ("3.00", "2.00")
        shown = api.get(f"{TRANSFERS}/{answer.json()['results'][0]['id']}").json()
        assert (shown["memo"], shown["metadata"], shown["kind"]) == (
            "opening",
            {"till": "7"},
            "ledger.custom",
        )
        assert shown["actor"] == str(writer.actor)

    def test_takes_linked_ones_together_or_not_at_all(
        self, api: ApiClient, writer: Principal
    ) -> None:
        till, shop = source(), custom()
        group = [one(till, shop, "1", linked=True), one(shop, till, "9")]
        assert words(send(api, *group, one(till, shop, "2"))) == [
            "linked_failed",
            "insufficient_funds",
            "posted",
        ]
        assert available(shop) == "2.00"

    def test_holds_and_ends_holds(self, api: ApiClient, writer: Principal) -> None:
        till, shop, guest = source(), custom(), custom()
        ids = [encode("tr", uuid7()) for _ in range(3)]
        later = (clock.now() + timedelta(hours=1)).isoformat()
        made = [
            one(till, shop, "9"),
            *(one(shop, guest, "2", id=id_, step="hold", expires_at=later) for id_ in ids),
            {"step": "capture", "hold": ids[0], "amount": "1.50"},
        ]
        assert words(send(api, *made)) == ["posted", "pending", "pending", "pending", "posted"]
        assert (available(shop), available(guest)) == ("3.50", "1.50")
        posted = api.post(f"{TRANSFERS}/{ids[1]}/post", {}).json()
        voided = api.post(f"{TRANSFERS}/{ids[2]}/void", {}).json()
        assert (posted["result"], voided["result"]) == ("posted", "voided")
        assert (available(shop), available(guest)) == ("5.50", "3.50")
        again = api.post(f"{TRANSFERS}/{ids[2]}/post", {}).json()
        assert again["result"] == "pending_already_voided"
        unknown = encode("tr", uuid7())
        assert api.post(f"{TRANSFERS}/{unknown}/void", {}).json()["result"] == "pending_not_found"

    def test_is_told_and_audited_once_a_call(self, api: ApiClient, writer: Principal) -> None:
        till, shop = source(), custom()
        answer = send(api, one(till, shop), one(shop, till, "99"))
        first, last = (each["id"] for each in answer.json()["results"])
        (told,) = Event.objects.filter(type="journal.batch.posted", subject=first)
        assert told.data == {"first": first, "last": last, "transfers": 2, "refused": 1}
        (entry,) = list_entries(actor=str(writer.actor)).items
        assert (entry.action, entry.detail) == (
            "journal.transfers.post",
            {"transfers": 2, "refused": 1},
        )

    def test_keeps_refused_attempts(self, api: ApiClient, writer: Principal) -> None:
        till, shop = source(), custom()
        (refused,) = send(api, one(shop, till, "1")).json()["results"]
        code = queries.get_account(code=shop)
        found = queries.list_entries(account_ids=[code.id], limit=5).items
        assert [encode("tr", entry.transfer_id) for entry in found] == [refused["id"]]


class TestARepeat:
    def test_by_ids_moves_nothing_twice(self, api: ApiClient, writer: Principal) -> None:
        till, shop = source(), custom()
        wanted = [one(till, shop, id=str(uuid7())), one(shop, till, "9", id=str(uuid7()))]
        assert words(send(api, *wanted, key=None)) == ["posted", "insufficient_funds"]
        again = send(api, *wanted, key=None)
        assert words(again) == ["exists", "already_rejected"]
        assert again.json()["results"][1]["original"] == "insufficient_funds"
        wanted[0]["amount"] = "1.01"
        assert words(send(api, *wanted, key=None))[0] == "exists_different"
        assert available(shop) == "1.00"

    def test_by_key_gives_the_first_answer(self, api: ApiClient, writer: Principal) -> None:
        till, shop = source(), custom()
        key = uuid4().hex
        first, again = (send(api, one(till, shop), key=key) for _ in range(2))
        assert first.content == again.content
        assert again.headers["Idempotent-Replay"] == "true"
        other = send(api, one(till, shop, "2"), key=key)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        assert available(shop) == "1.00"

    def test_without_either_is_refused(self, api: ApiClient, writer: Principal) -> None:
        till, shop = source(), custom()
        answer = send(api, one(till, shop, id=str(uuid7())), one(till, shop), key=None)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
        assert answer.json()["field"] == "transfers.1.id"
        assert available(shop) == "0.00"

    def test_of_a_full_call_is_one_pass(self, api: ApiClient, writer: Principal) -> None:
        till, shops = source(), [custom() for _ in range(4)]
        wanted = [
            one(till, shops[number % 4], "0.01", id=str(uuid7()), memo="x" * 60)
            for number in range(8_000)
        ]
        size = len(json.dumps({"transfers": wanted}))
        assert options().body_bytes_max < size < options().ledger_body_bytes_max
        assert set(words(send(api, *wanted, key=None))) == {"posted"}
        assert set(words(send(api, *wanted, key=None))) == {"exists"}
        assert [available(shop) for shop in shops] == ["20.00"] * 4


class TestWhoMayPost:
    def test_outside_custom_is_who_may_adjust(self, api: ApiClient, writer: Principal) -> None:
        till, wallet, bank = source(), open_wallet(), open_bank()
        give(wallet, 500)
        reserved = hold(wallet, bank, 100)
        post(reserved)
        inside = account(wallet).code
        made = encode("tr", uuid7())
        sneaky = [one(till, till, id=made, step="hold"), {"step": "void", "hold": made}]
        assert words(send(api, *sneaky)) == ["accounts_equal", "pending_not_found"]
        ended = {"step": "capture", "hold": encode("tr", reserved.id)}
        answer = send(api, one(till, till), ended)
        assert (answer.status_code, answer.json()["field"]) == (403, "transfers.1.hold")
        for wanted in (one(till, inside), one(inside, till), one("fees:x:USD", till)):
            answer = api.post(TRANSFERS, {"transfers": [one(till, till), wanted], **GROUNDS})
            assert (answer.status_code, answer.json()["field"]) == (403, "transfers.1.debit")
        voided = api.post(f"{TRANSFERS}/{encode('tr', reserved.id)}/void", GROUNDS)
        assert voided.status_code == 403
        done = queries.list_entries(account_ids=[wallet], limit=9).items
        assert len(done) == 2

    def test_names_reason_and_evidence(self, api: ApiClient, adjuster: Principal) -> None:
        wallet, bank = open_wallet(), open_bank()
        wanted = [one(account(bank).code, account(wallet).code, "3")]
        for missing in GROUNDS:
            body = {"transfers": wanted, **GROUNDS, missing: "  "}
            answer = api.post(TRANSFERS, body)
            assert (answer.status_code, answer.json()["field"]) == (422, missing)
        answer = api.post(TRANSFERS, {"transfers": wanted, **GROUNDS})
        assert words(answer) == ["posted"]
        shown = api.get(f"{TRANSFERS}/{answer.json()['results'][0]['id']}").json()
        assert (shown["kind"], shown["metadata"]) == ("ledger.adjust", GROUNDS)
        (entry,) = list_entries(actor=str(adjuster.actor)).items
        assert entry.detail == {"transfers": 1, "refused": 0, **GROUNDS}

    @pytest.mark.parametrize("path", [TRANSFERS, "/ledger/accounts", f"{TRANSFERS}/x/reverse"])
    def test_is_nobody_without_a_right(
        self, api: ApiClient, monkeypatch: pytest.MonkeyPatch, path: str
    ) -> None:
        assert api.post(path, {}).status_code in {401, 404}
        monkeypatch.setattr(access, "_installed", [_Always("ledger:read")])
        body: dict[str, Any] = {"transfers": [one("custom:a:USD", "custom:b:USD")]}
        if path.endswith("accounts"):
            body = {"code": "custom:a", "currency": "USD", "kind": "asset"}
        assert api.post(path, body).status_code in {403, 404}


class TestReversing:
    def test_moves_the_money_back_once(self, api: ApiClient, writer: Principal) -> None:
        till, shop = source(), custom()
        (done,) = send(api, one(till, shop, "4")).json()["results"]
        path = f"{TRANSFERS}/{done['id']}/reverse"
        back = api.post(path, {}).json()
        assert (back["result"], available(shop)) == ("posted", "0.00")
        shown = api.get(f"{TRANSFERS}/{back['id']}").json()
        assert (shown["debit"], shown["credit"], shown["kind"]) == (shop, till, "ledger.reverse")
        again = api.post(path, {})
        assert (again.status_code, again.json()["code"]) == (409, "already_reversed")
        assert again.json()["reversed_by"] == back["id"]
        twice = api.post(f"{TRANSFERS}/{back['id']}/reverse", {}).json()
        assert (twice["result"], available(shop)) == ("posted", "4.00")

    def test_finds_an_earlier_reversal_on_either_side(
        self, api: ApiClient, writer: Principal
    ) -> None:
        till, shop, other = source(), custom(), custom()
        done, _, _ = send(api, one(till, shop, "4"), one(till, other), one(till, other)).json()[
            "results"
        ]
        path = f"{TRANSFERS}/{done['id']}/reverse"
        assert api.post(path, {}).json()["result"] == "posted"
        assert api.post(path, {}).json()["code"] == "already_reversed"
        assert words(send(api, *(one(till, shop) for _ in range(5)))) == ["posted"] * 5
        assert api.post(path, {}).json()["code"] == "already_reversed"

    def test_is_refused_when_the_money_is_gone(self, api: ApiClient, writer: Principal) -> None:
        till, shop = source(), custom()
        done, _ = send(api, one(till, shop, "4"), one(shop, till, "1")).json()["results"]
        back = api.post(f"{TRANSFERS}/{done['id']}/reverse", {}).json()
        assert (back["result"], available(shop)) == ("insufficient_funds", "3.00")

    def test_of_what_moved_nothing_is_refused(self, api: ApiClient, writer: Principal) -> None:
        till, shop = source(), custom()
        (held,) = send(api, one(till, shop, "4", step="hold")).json()["results"]
        path = f"{TRANSFERS}/{held['id']}/reverse"
        assert api.post(path, {}).json()["code"] == "not_reversible"
        assert api.post(f"{TRANSFERS}/{encode('tr', uuid7())}/reverse", {}).status_code == 404

    def test_outside_custom_is_an_adjustment(self, api: ApiClient, adjuster: Principal) -> None:
        wallet = open_wallet()
        done = move(open_bank(), wallet, 500)
        post(done)
        path = f"{TRANSFERS}/{encode('tr', done.id)}/reverse"
        assert api.post(path, {}).json()["field"] == "reason"
        back = api.post(path, GROUNDS).json()
        assert (back["result"], account(wallet).posted.minor) == ("posted", 0)
        shown = api.get(f"{TRANSFERS}/{back['id']}").json()
        assert shown["metadata"] == GROUNDS


class TestOpeningAccounts:
    def test_opens_one_account_for_a_code(self, api: ApiClient, writer: Principal) -> None:
        code = f"custom:{uuid4().hex}:till-1"
        body = {"code": code, "currency": "USD", "kind": "liability", "floor": "-2.50"}
        for _ in range(2):
            answer = api.post("/ledger/accounts", body)
            assert (answer.status_code, answer.json()["floor"]) == (201, "-2.50")
        other = api.post("/ledger/accounts", {**body, "currency": "EUR"})
        assert (other.status_code, other.json()["code"]) == (409, "account_differs")
        free = {**body, "code": f"custom:{uuid4().hex}", "floor": None}
        assert api.post("/ledger/accounts", free).json()["floor"] is None

    @pytest.mark.parametrize(
        ("changed", "status", "field"),
        [
            ({"code": "custom"}, 422, "code"),
            ({"code": "custom:"}, 422, "code"),
            ({"code": "custom:a b"}, 422, "code"),
            ({"code": "custom:" + "a" * 61}, 422, "code"),
            ({"code": "banks:main:USD"}, 403, "code"),
            ({"currency": "DOGE"}, 422, "currency"),
            ({"kind": "gift"}, 422, "kind"),
            ({"floor": "0.001"}, 422, "floor"),
            ({"floor": "1e5"}, 422, "floor"),
            ({"reason": "\u0000"}, 422, "reason"),
        ],
    )
    def test_refuses_by_field(
        self,
        api: ApiClient,
        writer: Principal,
        changed: dict[str, Any],
        status: int,
        field: str,
    ) -> None:
        body = {"code": f"custom:{uuid4().hex}", "currency": "USD", "kind": "asset"}
        answer = api.post("/ledger/accounts", body | changed)
        assert (answer.status_code, answer.json()["field"]) == (status, field)

    def test_opens_the_houses_own_for_who_may_adjust(
        self, api: ApiClient, adjuster: Principal
    ) -> None:
        code = f"banks:{uuid4().hex}:USD"
        body = {"code": code, "currency": "USD", "kind": "asset", "floor": None, **GROUNDS}
        assert api.post("/ledger/accounts", body).status_code == 201
        wallet = {**body, "code": "wallets:wal_1:USD"}
        assert api.post("/ledger/accounts", wallet).status_code == 403


GOOD = {"debit": "custom:a:USD", "credit": "custom:b:USD", "amount": "1"}
END = {"step": "capture", "hold": encode("tr", TransferId(uuid7()))}


class TestHostileInput:
    @pytest.mark.parametrize(
        ("wanted", "field"),
        [
            ({**GOOD, "amount": "-1"}, "amount"),
            ({**GOOD, "amount": "0"}, "amount"),
            ({**GOOD, "amount": "NaN"}, "amount"),
            ({**GOOD, "amount": True}, "amount"),
            ({**GOOD, "amount": "1" * 50}, "amount"),
            ({**GOOD, "amount": None}, "amount"),
            ({**GOOD, "debit": "\ud800"}, "debit"),
            ({**GOOD, "debit": ""}, "debit"),
            ({**GOOD, "credit": None}, "credit"),
            ({**GOOD, "credit": "custom:" + "x" * 300}, "credit"),
            ({**GOOD, "memo": "a\u0000b"}, "memo"),
            ({**GOOD, "memo": "x" * 501}, "memo"),
            ({**GOOD, "metadata": {"a": "\u0000"}}, "metadata.a"),
            ({**GOOD, "metadata": {"a": {"b": "c"}}}, "metadata.a"),
            ({**GOOD, "metadata": {str(n): "" for n in range(21)}}, "metadata"),
            ({**GOOD, "id": "tr_1"}, "id"),
            ({**GOOD, "id": 5}, "id"),
            ({**GOOD, "reference": "x"}, "reference"),
            ({**GOOD, "step": "steal"}, "step"),
            ({**GOOD, "kind": "wallets.charge"}, "kind"),
            ({**GOOD, "linked": True}, "linked"),
            ({**GOOD, "hold": END["hold"]}, "hold"),
            ({**GOOD, "expires_at": "2999-01-01T00:00:00Z"}, "expires_at"),
            ({**GOOD, "step": "hold", "expires_at": "2999-01-01T00:00:00Z"}, "expires_at"),
            ({**GOOD, "step": "hold", "expires_at": "0001-01-01T00:00:00+14:00"}, "expires_at"),
            ({**GOOD, "step": "hold", "expires_at": "2030-01-01T00:00:00"}, "expires_at"),
            ({"step": "capture"}, "hold"),
            ({**END, "debit": "custom:a:USD"}, "debit"),
            ({**END, "credit": "custom:a:USD"}, "credit"),
            ({**END, "step": "void", "amount": "1"}, "amount"),
            ({**END, "expires_at": "2030-01-01T00:00:00Z"}, "expires_at"),
        ],
    )
    def test_is_refused_by_index_and_field(
        self, api: ApiClient, writer: Principal, wanted: dict[str, Any], field: str
    ) -> None:
        answer = send(api, one("custom:a:USD", "custom:b:USD"), wanted)
        assert answer.status_code == 422
        assert answer.json()["field"].startswith(f"transfers.1.{field}")

    def test_has_amounts_of_the_accounts_places_only(
        self, api: ApiClient, writer: Principal
    ) -> None:
        till, shop = source(), custom()
        answer = send(api, one(till, shop), one(till, shop, "0.001"))
        assert (answer.status_code, answer.json()["field"]) == (422, "transfers.1.amount")
        assert available(shop) == "0.00"

    def test_of_too_many_or_none_is_refused(self, api: ApiClient, writer: Principal) -> None:
        for count in (0, 8_001):
            answer = send(api, *([{"debit": "a"}] * count))
            assert (answer.status_code, answer.json()["field"]) == (422, "transfers")

    def test_of_ids_from_another_time_is_a_result(self, api: ApiClient, writer: Principal) -> None:
        till, shop = source(), custom()
        old = int(datetime(2001, 1, 1, tzinfo=UTC).timestamp() * 1000) << 80 | 7 << 76 | 1 << 63
        ids = [str(uuid4()), f"{old:032x}"]
        ids[1] = "-".join((ids[1][:8], ids[1][8:12], ids[1][12:16], ids[1][16:20], ids[1][20:]))
        answer = send(api, *(one(till, shop, id=id_) for id_ in ids))
        assert words(answer) == ["id_out_of_window"] * 2

    def test_of_two_transfers_with_one_id_moves_one(
        self, api: ApiClient, writer: Principal
    ) -> None:
        till, shop, same = source(), custom(), str(uuid7())
        answer = send(
            api, one(till, shop, id=same), one(till, shop, id=same), one(till, shop, "2", id=same)
        )
        assert words(answer) == ["posted", "exists", "exists_different"]
        assert available(shop) == "1.00"


class TestTheBodysSize:
    def test_is_larger_here_than_elsewhere(self, api: ApiClient, writer: Principal) -> None:
        with override(body_bytes_max=1024, ledger_body_bytes_max=2048):
            for path, size, status in (
                (TRANSFERS, 1500, 400),
                (TRANSFERS, 2100, 413),
                ("/ledger/accounts", 1100, 413),
                (f"{TRANSFERS}/x/void", 1100, 413),
            ):
                answer = api.post(path, body="[" * size)
                assert (path, answer.status_code) == (path, status)

    def test_is_not_read_of_a_stranger(self, api: ApiClient) -> None:
        assert api.post(TRANSFERS, body="[" * 100_000).status_code == 401
