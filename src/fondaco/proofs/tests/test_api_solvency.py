"""Solvency over HTTP, each test in an asset of its own."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from fondaco.audit.queries import list_entries
from fondaco.kit import access, clock
from fondaco.kit.access import Actor, ActorKind, Principal, Role
from fondaco.ledger import actions as ledger
from fondaco.ledger.tests.books import BY, hold, move, post
from fondaco.ledger.types import AccountId, AccountKind
from fondaco.money import Asset
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")


class _Always:
    """Let every request come from one operator."""

    def __init__(self, *permissions: str) -> None:
        actor = Actor(ActorKind.OPERATOR, f"usr_{uuid4().hex}")
        self.who = Principal(actor, Role.OPERATOR, uuid4(), None, None, frozenset(permissions))

    def authenticate(self, *_: object) -> Principal:
        return self.who


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> Principal:
    """Ask as an operator who records statements."""
    one = _Always("ledger:read", "holdings:record")
    monkeypatch.setattr(access, "_installed", [one])
    return one.who


@pytest.fixture
def asset() -> Asset:
    """Declare an asset that nobody else uses."""
    made = Asset(f"S{uuid4().hex[:12].upper()}", 2)
    ledger.declare_asset(asset=made, by=BY)
    return made


def open_(place: str, kind: AccountKind, asset: Asset) -> AccountId:
    code = f"{place}:{asset.code}"
    return ledger.open_account(code=code, asset=asset, kind=kind, floor=None, by=BY).id


def shown(api: ApiClient, asset: Asset) -> dict[str, Any]:
    items = api.get("/operator/solvency").json()["items"]
    (found,) = [one for one in items if one["currency"] == asset.code]
    assert isinstance(found, dict)
    return found


def statement(asset: Asset, amount: str, **changed: Any) -> dict[str, Any]:
    at = clock.now().isoformat()
    place = "providers:kraken"
    return {
        "place": place,
        "currency": asset.code,
        "amount": amount,
        "at": at,
        "source": "screen",
    } | changed


class TestSolvency:
    def test_is_shown_live_and_line_by_line(
        self, api: ApiClient, operator: Principal, asset: Asset
    ) -> None:
        wallet = open_(f"wallets:{uuid4().hex}", AccountKind.LIABILITY, asset)
        kraken = open_("providers:kraken", AccountKind.ASSET, asset)
        fees = open_("fees:withdrawals", AccountKind.INCOME, asset)
        payouts = open_("payouts", AccountKind.LIABILITY, asset)
        post(move(kraken, wallet, 1000), move(wallet, fees, 30), hold(wallet, payouts, 200))
        found = shown(api, asset)
        assert (found["liabilities"], found["on_hold"], found["holdings"]) == (
            "9.70",
            "2.00",
            "10.00",
        )
        assert (found["gap"], found["unexplained"], found["is_covered"]) == ("0.30", "0.00", True)
        assert found["lines"] == [
            {"word": "fees_earned", "account": "fees:withdrawals", "amount": "0.30"}
        ]
        post(move(kraken, payouts, 5))
        assert {line["word"] for line in shown(api, asset)["lines"]} == {
            "fees_earned",
            "payouts_in_flight",
        }

    def test_is_mended_by_the_latest_statement(
        self, api: ApiClient, operator: Principal, asset: Asset
    ) -> None:
        wallet = open_(f"wallets:{uuid4().hex}", AccountKind.LIABILITY, asset)
        kraken = open_("providers:kraken", AccountKind.ASSET, asset)
        post(move(kraken, wallet, 1000))
        then = clock.now()
        at = (then - timedelta(days=1)).isoformat()
        first = api.post("/operator/holdings", statement(asset, "9.00", at=then.isoformat()))
        assert first.status_code == 201, first.content
        assert api.post("/operator/holdings", statement(asset, "77", at=at)).status_code == 201
        post(move(kraken, wallet, 500))
        found = shown(api, asset)
        assert found["lines"] == [
            {"word": "statement_difference", "account": "providers:kraken", "amount": "-1.00"}
        ]
        assert (found["holdings"], found["gap"], found["is_covered"]) == ("14.00", "-1.00", False)
        (place,) = found["places"]
        assert (place["book"], place["held"], place["stated"]) == ("15.00", "14.00", "9.00")

    def test_shows_what_is_held_where_no_account_is(
        self, api: ApiClient, operator: Principal, asset: Asset
    ) -> None:
        body = statement(asset, "-3.5", place="banks:main")
        assert api.post("/operator/holdings", body).status_code == 201
        found = shown(api, asset)
        assert (found["holdings"], found["gap"], found["unexplained"]) == ("-3.50", "-3.50", "0.00")

    def test_can_be_had_as_csv(self, api: ApiClient, operator: Principal, asset: Asset) -> None:
        wallet = open_(f"wallets:{uuid4().hex}", AccountKind.LIABILITY, asset)
        post(move(open_("banks:main", AccountKind.ASSET, asset), wallet, 125))
        api.post("/operator/holdings", statement(asset, "1", place="banks:main"))
        answer = api.get("/operator/solvency", headers={"Accept": "text/csv"})
        rows = list(csv.reader(io.StringIO(answer.content.decode())))
        assert rows[0] == ["currency", "section", "word", "account", "amount"]
        assert [row[1:] for row in rows if row[0] == asset.code] == [
            ["liabilities", "", "wallets", "1.25"],
            ["holdings", "", "banks:main", "1.00"],
            ["gap", "", "", "-0.25"],
            ["explained", "statement_difference", "banks:main", "-0.25"],
        ]


class TestHoldings:
    def test_are_listed_with_who_recorded_them(
        self, api: ApiClient, operator: Principal, asset: Asset
    ) -> None:
        made = api.post("/operator/holdings", statement(asset, "12.5")).json()
        assert made["amount"] == {"amount": "12.50", "currency": asset.code}
        assert made["recorded_by"] == str(operator.actor)
        assert api.get("/operator/holdings?limit=1").json()["items"] == [made]
        (entry,) = list_entries(subject=made["id"]).items
        assert entry.action == "proofs.holding.record"

    def test_are_recorded_once_for_a_key(
        self, api: ApiClient, operator: Principal, asset: Asset
    ) -> None:
        body, key = statement(asset, "1"), uuid4().hex
        first, again = (api.post("/operator/holdings", body, key=key) for _ in range(2))
        assert first.json() == again.json()

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"place": "wallets:kraken"}, "place"),
            ({"place": "providers:"}, "place"),
            ({"place": "providers:a:b"}, "place"),
            ({"currency": "NONE"}, "currency"),
            ({"amount": "1.001"}, "amount"),
            ({"amount": "1e9"}, "amount"),
            ({"amount": "9" * 41}, "amount"),
            ({"at": "2999-01-01T00:00:00Z"}, "at"),
            ({"at": "yesterday"}, "at"),
            ({"source": ""}, "source"),
            ({"source": "\u0000"}, "source"),
            ({"by": "me"}, "by"),
        ],
    )
    def test_are_refused_by_field(
        self,
        api: ApiClient,
        operator: Principal,
        asset: Asset,
        changed: dict[str, Any],
        field: str,
    ) -> None:
        answer = api.post("/operator/holdings", statement(asset, "1") | changed)
        assert (answer.status_code, answer.json()["field"]) == (422, field)

    def test_are_never_altered(
        self,
        api: ApiClient,
        operator: Principal,
        asset: Asset,
        tenant: Any,
        owner_connection: "psycopg.Connection[Any]",
    ) -> None:
        api.post("/operator/holdings", statement(asset, "1"))
        for statement_ in ("UPDATE {} SET amount = 0", "DELETE FROM {}", "TRUNCATE {}"):
            with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
                owner_connection.execute(statement_.format(f'"{tenant.schema}".proofs_holding'))


@pytest.mark.parametrize(
    ("permission", "statuses"),
    [("ledger:read", (200, 200, 403)), ("holdings:record", (403, 403, 201))],
)
def test_each_needs_its_right(
    api: ApiClient,
    monkeypatch: pytest.MonkeyPatch,
    asset: Asset,
    permission: str,
    statuses: tuple[int, ...],
) -> None:
    """Auditors look, operators record."""
    monkeypatch.setattr(access, "_installed", [_Always(permission)])
    answers = (
        api.get("/operator/solvency"),
        api.get("/operator/holdings"),
        api.post("/operator/holdings", statement(asset, "1")),
    )
    assert tuple(answer.status_code for answer in answers) == statuses
