"""The audit trail over HTTP."""

import csv
import io
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from fondaco.audit import actions
from fondaco.kit import access
from fondaco.kit.access import SYSTEM, Actor, ActorKind, Principal, Role
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a function that lets the next requests come from a principal of one's choice."""

    class Always:
        def __init__(self, who: Principal | None) -> None:
            self.who = who

        def authenticate(self, headers: object, call: object = None) -> Principal | None:
            del headers
            return self.who

    def ask_as(role: Role, *permissions: str) -> None:
        actor = Actor(ActorKind.OPERATOR, "usr_test")
        who = Principal(actor, role, uuid4(), None, None, frozenset(permissions))
        monkeypatch.setattr(access, "_installed", [Always(who)])

    return ask_as


class TestListEntries:
    def test_shows_who_did_what_to_whom(self, api: ApiClient, asking: Any) -> None:
        subject = f"wal_{uuid4().hex[:26]}"
        for number in range(3):
            actions.record(
                by=SYSTEM, action=f"a.b.v{number}", subject=subject, detail={"n": number}
            )
        asking(Role.AUDITOR, "audit:read")
        body = api.get(f"/operator/audit?subject={subject}&limit=2").json()
        assert [item["action"] for item in body["items"]] == ["a.b.v2", "a.b.v1"]
        assert body["items"][0]["actor"] == "system:fondaco"
        assert body["items"][0]["detail"] == {"n": 2}
        assert body["items"][0]["id"].startswith("aud_")
        rest = api.get(f"/operator/audit?subject={subject}&limit=2&cursor={body['next']}").json()
        assert [item["action"] for item in rest["items"]] == ["a.b.v0"]
        assert rest["next"] is None

    def test_is_narrowed_by_actor_action_and_dates(self, api: ApiClient, asking: Any) -> None:
        subject, by = f"wal_{uuid4().hex[:26]}", Actor(ActorKind.USER, f"usr_{uuid4().hex}")
        first, second = (
            actions.record(by=by, action=f"a.b.v{number}", subject=subject) for number in range(2)
        )
        asking(Role.OPERATOR, "audit:read")

        def found(**filters: str) -> list[str]:
            body = api.get(f"/operator/audit?{urlencode({'subject': subject, **filters})}").json()
            return [item["action"] for item in body["items"]]

        assert found(actor=str(by)) == ["a.b.v1", "a.b.v0"]
        assert found(actor="system:fondaco") == []
        assert found(action="a.b.v0") == ["a.b.v0"]
        assert found(since=second.at.isoformat()) == ["a.b.v1"]
        assert found(until=second.at.isoformat()) == ["a.b.v0"]
        assert found(since=first.at.isoformat(), until=first.at.isoformat()) == []

    def test_is_given_as_csv_whole(self, api: ApiClient, asking: Any) -> None:
        subject = f"wal_{uuid4().hex[:26]}"
        for number in range(3):
            actions.record(
                by=SYSTEM, action=f"a.b.v{number}", subject=subject, detail={"n": number}
            )
        asking(Role.AUDITOR, "audit:read")
        answer = api.get(
            f"/operator/audit?subject={subject}&limit=2", headers={"Accept": "text/csv"}
        )
        rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
        assert [row["action"] for row in rows] == ["a.b.v2", "a.b.v1", "a.b.v0"]
        assert rows[0]["detail"] == '{"n": 2}'

    @pytest.mark.parametrize(
        ("role", "permissions"),
        [
            (Role.OPERATOR, ["wallets:top_up"]),
            (Role.CLIENT, ["*"]),
            (Role.COMPANY, ["audit:read"]),
        ],
    )
    def test_is_for_staff_with_the_right_only(
        self, api: ApiClient, asking: Any, role: Role, permissions: list[str]
    ) -> None:
        asking(role, *permissions)
        answer = api.get("/operator/audit")
        assert answer.status_code == 403
        assert answer.json()["code"] == "forbidden"

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("subject=", "subject"),
            ("since=yesterday", "since"),
            ("since=2026-01-01T00:00:00", "since"),
            ("limit=201", "limit"),
            ("cursor=x", "cursor"),
            ("where=1", "where"),
            ("actor=%00", "actor"),
        ],
    )
    def test_refuses_bad_filters_by_name(
        self, api: ApiClient, asking: Any, query: str, field: str
    ) -> None:
        asking(Role.AUDITOR, "audit:read")
        answer = api.get(f"/operator/audit?{query}")
        assert answer.status_code == 422
        assert answer.json()["field"] == field
