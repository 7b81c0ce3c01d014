"""Accounts at providers: proposed by one, signed by another, and the credentials never come out again."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from fondaco.audit.queries import list_entries
from fondaco.connections import actions as connections, models
from fondaco.connections.errors import AccountChanged, ProviderMissing
from fondaco.connections.queries import get_active, list_accounts, list_active
from fondaco.connections.states import Environment, Family, Health
from fondaco.connections.types import NewAccount
from fondaco.identity.tests.people import make_operator, sign_in
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.django.models import Event
from fondaco.kit.django.tenancy import schemas
from fondaco.kit.ids import uuid7
from fondaco.signing.models import Request
from tests.plumbing.api import ApiClient

SECRET = "a-very-secret-secret"


@pytest.fixture(scope="module")
def house() -> Iterator[Any]:
    """Give a house of two who may propose and sign."""
    name = f"providers_{uuid4().hex[:12]}"
    host = f"{name.replace('_', '-')}.test"
    made = schemas.create_tenant(name=name, mode="demo", hosts=[host])
    with tenancy.scope(made.scope.name):
        rights = frozenset({"connections:read", "connections:propose", "connections:sign"})
        people = [make_operator(permissions=rights) for _ in range(2)]
        yield SimpleNamespace(
            api=ApiClient(host), tokens=[sign_in(one).access_token for one in people]
        )


def body(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "family": "exchange",
        "kind": kind,
        "label": "main",
        "environment": "sandbox",
        "settings": {"base_url": "http://127.0.0.1:8002/kraken"},
        "credentials": {"key": "a-key", "secret": SECRET},
        **more,
    }


def propose(house: Any, asked: dict[str, Any]) -> Any:
    return house.api.post("/operator/provider-accounts/proposals", asked, token=house.tokens[0])


def sign(house: Any, request: Any, who: int) -> Any:
    path = f"/signatures/{request['id']}/sign"
    return house.api.post(path, {"digest": request["digest"]}, token=house.tokens[who])


class TestAnAccount:
    def test_is_used_once_another_has_signed(self, house: Any) -> None:
        made = propose(house, body("kraken"))
        assert (made.status_code, made.json()["state"]) == (201, "waiting"), made.content
        assert list_active(kind="kraken") == []
        with pytest.raises(ProviderMissing):
            get_active(kind="kraken")
        assert sign(house, made.json(), 0).json()["code"] == "maker_may_not_sign"
        assert sign(house, made.json(), 1).json()["state"] == "done"
        account = get_active(kind="kraken")
        assert account.credentials == {"key": "a-key", "secret": SECRET}
        assert not models.Draft.objects.exists()

    def test_shows_its_credentials_to_nobody(self, house: Any) -> None:
        made = propose(house, body("htx"))
        sign(house, made.json(), 1)
        listed = house.api.get("/operator/provider-accounts", token=house.tokens[1])
        (shown,) = [one for one in listed.json()["items"] if one["kind"] == "htx"]
        assert shown["credential_names"] == ["key", "secret"]
        account = get_active(kind="htx")
        said = [
            made.content.decode(),
            listed.content.decode(),
            repr(account),
            *(str(row.terms) for row in Request.objects.all()),
            *(str(row.data) for row in Event.objects.all()),
            *(str(one.detail) for one in list_entries(limit=200).items),
        ]
        assert all(SECRET not in one for one in said)
        with connection.cursor() as cursor:
            cursor.execute("SELECT credentials FROM connections_account")
            assert all(SECRET.encode() not in bytes(row[0]) for row in cursor.fetchall())

    def test_that_nobody_wants_leaves_no_credentials_behind(self, house: Any) -> None:
        made = propose(house, body("binance")).json()
        assert models.Draft.objects.count() == 1
        path = f"/signatures/{made['id']}/withdraw"
        answer = house.api.post(path, {"reason": "a mistake"}, token=house.tokens[0])
        assert answer.json()["state"] == "withdrawn", answer.content
        assert not models.Draft.objects.exists()

    def test_keeps_its_credentials_when_only_the_rest_changes(self, house: Any) -> None:
        account = seeded()
        asked = body(account.kind, account=account.wire_id, version=1, priority=5, label="second")
        del asked["credentials"]
        assert sign(house, propose(house, asked).json(), 1).json()["state"] == "done"
        (changed,) = list_accounts(kind=account.kind)
        assert (changed.priority, changed.credentials) == (5, account.credentials)
        stale = propose(house, {**asked, "priority": 6})
        assert (stale.status_code, stale.json()["field"]) == (422, "version")

    def test_is_put_out_of_use_by_one(self, house: Any) -> None:
        account = seeded()
        path = f"/operator/provider-accounts/{account.wire_id}/disable"
        answer = house.api.post(path, {"reason": "it leaks"}, token=house.tokens[0])
        assert answer.json()["enabled"] is False
        assert list_active(kind=account.kind) == []


def seeded(kind: str = "") -> Any:
    return connections.seed(
        family=Family.EXCHANGE,
        kind=kind or f"venue_{uuid4().hex[:8]}",
        label="main",
        environment=Environment.SANDBOX,
        credentials={"key": "k", "secret": SECRET},
        by=SYSTEM,
    )


@pytest.mark.usefixtures("house")
class TestConnections:
    def test_take_the_draft_that_was_signed_and_no_other(self) -> None:
        mine = connections.keep_draft(credentials={"key": "mine"}, by=SYSTEM)
        other = connections.keep_draft(credentials={"key": "other"}, by=SYSTEM)
        new = NewAccount(
            id=uuid7(),
            family=Family.BANK,
            kind="bank",
            label="main",
            environment=Environment.LIVE,
            settings={},
            priority=1,
            enabled=True,
        )
        with pytest.raises(AccountChanged):
            connections.put_account(
                new=new, version=0, draft_id=other.id, draft_digest=mine.digest, by=SYSTEM
            )
        for draft in (mine, other):
            connections.drop_draft(draft_id=draft.id)

    def test_are_asked_in_order_of_their_priority(self) -> None:
        kind = f"venue_{uuid4().hex[:8]}"
        for label, priority in (("slow", 20), ("fast", 10)):
            connections.seed(
                family=Family.EXCHANGE,
                kind=kind,
                label=label,
                environment=Environment.SANDBOX,
                credentials={"key": "k"},
                priority=priority,
                by=SYSTEM,
            )
        assert [one.label for one in list_active(kind=kind)] == ["fast", "slow"]
        assert get_active(kind=kind).label == "fast"

    def test_are_seeded_once(self) -> None:
        first = seeded()
        again = seeded(first.kind)
        assert (again.id, again.version) == (first.id, 2)

    def test_tell_of_health_only_when_it_changes(self) -> None:
        account = seeded()
        for health in (Health.UP, Health.UP, Health.DOWN):
            connections.note_health(account_id=account.id, health=health, by=SYSTEM)
        told = Event.objects.filter(subject=account.wire_id, type="connections.health.changed")
        assert [row.data["after"] for row in told.order_by("seq")] == ["up", "down"]
