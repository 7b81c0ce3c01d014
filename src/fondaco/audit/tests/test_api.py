"""The audit trail over HTTP."""

from typing import Any
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
