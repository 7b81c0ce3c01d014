"""Proofs of liabilities from the snapshot to the verifier that a customer runs."""

import copy
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import transaction

from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.django.models import Event
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import encode, uuid7
from fondaco.ledger.tests.books import account, give, move, open_bank, open_wallet, post
from fondaco.ledger.types import AccountId
from fondaco.proofs import liabilities, tasks, verify_inclusion
from fondaco.proofs.actions.liabilities import forget_trees, make_liability_report
from fondaco.proofs.liabilities import CUSTOMER_PREFIX, REPORT_PREFIX, OwnProof, ReportId
from fondaco.proofs.models import LiabilityLeaf, LiabilityNodes
from fondaco.proofs.queries.liabilities import get_report, list_reports, prove_inclusion
from fondaco.wallets.tests.cast import new_client
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def fresh(fresh_tenant: Callable[..., Any]) -> Iterator[Any]:
    """Run in a tenant of this test alone, whose totals nobody else changes."""
    with tenancy.scope(fresh_tenant()) as scope:
        yield scope


def total(report: ReportId, currency: str = "USD") -> int:
    (root,) = [
        one for one in get_report(report_id=report).roots if one.total.asset.code == currency
    ]
    return root.total.minor


def balances(proof: OwnProof) -> list[tuple[str, str]]:
    return [(one.amount.asset.code, one.amount.to_text()) for one in proof.inclusions]


class TestMakeLiabilityReport:
    def test_sums_what_all_customers_have(self, fresh: Any) -> None:
        people = [new_client("10.00"), new_client("0.07"), new_client()]
        report = make_liability_report(by=SYSTEM)
        assert total(report) == 1007
        proofs = [prove_inclusion(report_id=report, customer_id=one.customer_id) for one in people]
        assert [balances(one) for one in proofs] == [
            [("USD", "10.00")],
            [("USD", "0.07")],
            [("USD", "0.00")],
        ]
        (told,) = Event.objects.filter(type="proofs.liabilities.published")
        assert told.subject == encode(REPORT_PREFIX, report)
        assert told.data["roots"] == {"USD": get_report(report_id=report).roots[0].hash.hex()}

    def test_counts_an_overdrawn_account_as_nothing(self, fresh: Any) -> None:
        owner, debtor, customer = uuid7(), uuid7(), open_wallet()
        overdrawn = open_wallet(floor=None)
        owned = [(customer, owner), (overdrawn, debtor)]
        give(customer, 500)
        post_from(overdrawn, 200)
        with owners(lambda: owned):
            report = make_liability_report(by=SYSTEM)
        assert account(overdrawn).posted.minor == -200
        assert total(report) == 500
        proof = prove_inclusion(report_id=report, customer_id=debtor)
        assert balances(proof) == [("USD", "0.00")]

    def test_goes_on_over_many_chunks(self, fresh: Any) -> None:
        person = new_client("3.21")
        many = [(open_wallet(), uuid7()) for _ in range(345)]
        with owners(lambda: many):
            report = make_liability_report(by=SYSTEM)
            root = get_report(report_id=report).roots[0]
            proof = prove_inclusion(report_id=report, customer_id=person.customer_id)
        assert root.depth == 11
        assert LiabilityNodes.objects.filter(root__report_id=report).count() == 2
        assert {len(part.siblings) for part in proof.inclusions[0].parts} == {11}

    def test_needs_a_transaction_of_its_own(self) -> None:
        with transaction.atomic(), pytest.raises(RuntimeError):
            make_liability_report(by=SYSTEM)


class TestWhatIsPublished:
    def test_cannot_be_altered_or_removed(
        self, fresh: Any, owner_connection: "psycopg.Connection[Any]"
    ) -> None:
        new_client("1.00")
        make_liability_report(by=SYSTEM)
        table = f'"{fresh.schema}".proofs_liability_root'
        for statement in (f"UPDATE {table} SET total = 0", f"DELETE FROM {table}"):
            with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
                owner_connection.execute(statement)

    def test_stays_when_the_trees_are_forgotten(self, fresh: Any) -> None:
        person = new_client("1.00")
        report = make_liability_report(by=SYSTEM)
        assert forget_trees(now=clock.now() + timedelta(days=399)) == 0
        assert forget_trees(now=clock.now() + timedelta(days=401)) == 1
        assert forget_trees(now=clock.now() + timedelta(days=402)) == 0
        assert total(report) == 100
        assert not LiabilityLeaf.objects.exists()
        with pytest.raises(NotFound):
            prove_inclusion(report_id=report, customer_id=person.customer_id)
        assert list_reports(customer_id=person.customer_id).items == []


def test_the_daily_job_publishes_a_report() -> None:
    """Once a day, in each tenant."""
    person = new_client("2.00")
    tasks.prove_liabilities()
    (report,) = list_reports(customer_id=person.customer_id).items
    proof = prove_inclusion(report_id=report.id, customer_id=person.customer_id)
    assert balances(proof) == [("USD", "2.00")]


class TestOverHttp:
    def test_roots_are_for_everybody_and_proofs_for_their_customer(self, api: ApiClient) -> None:
        person = new_client("12.34")
        report = make_liability_report(by=SYSTEM)
        wire = encode(REPORT_PREFIX, report)
        assert api.get("/proofs?limit=1").json()["items"][0]["id"] == wire
        assert api.get(f"/proofs/{wire}").status_code == 200
        path = f"/proofs/{wire}/mine"
        assert api.get(path).status_code == 401
        mine = api.get(path, token=person.access_token).json()
        assert [one["amount"] for one in mine["accounts"]] == ["12.34"]
        listed = api.get("/me/proofs", token=person.access_token).json()["items"]
        assert [one["id"] for one in listed] == [wire]
        late = new_client()
        assert api.get(path, token=late.access_token).status_code == 404
        assert api.get("/me/proofs", token=late.access_token).json()["items"] == []

    def test_pages_go_on_where_they_ended(self, api: ApiClient) -> None:
        new_client()
        made = [encode(REPORT_PREFIX, make_liability_report(by=SYSTEM)) for _ in range(3)]
        first = api.get("/proofs?limit=2").json()
        second = api.get(f"/proofs?limit=1&cursor={first['next']}").json()
        shown = [one["id"] for one in (*first["items"], *second["items"])]
        assert shown == made[::-1]

    @pytest.mark.parametrize(
        "wrong",
        ["prf_1", "none", encode("wal", uuid7()), encode(REPORT_PREFIX, uuid7())],
        ids=["damaged", "no id", "of a wallet", "unknown"],
    )
    def test_what_is_no_report_is_not_found(self, api: ApiClient, wrong: str) -> None:
        assert api.get(f"/proofs/{wrong}").status_code == 404

    def test_the_verifier_can_be_had(self, api: ApiClient) -> None:
        answer = api.get("/proofs/verifier.py")
        assert answer.headers["Content-Type"].startswith("text/x-python")
        assert answer.content == Path(verify_inclusion.__file__).read_bytes()


@dataclass(slots=True)
class Case:
    """A proof as a customer has it, to be spoiled."""

    customer: str
    public: dict[str, Any]
    mine: dict[str, Any]
    others: dict[str, Any]
    folder: Path

    @property
    def part(self) -> dict[str, Any]:
        """Give the first leaf."""
        part: dict[str, Any] = self.mine["accounts"][0]["parts"][0]
        return part

    def root(self) -> dict[str, Any]:
        (root,) = [one for one in self.public["roots"] if one["currency"] == "USD"]
        found: dict[str, Any] = root
        return found

    def verdict(self) -> tuple[int, str]:
        """Run the verifier alone: without our packages, environment or folder."""
        for name, content in (("mine", self.mine), ("public", self.public)):
            (self.folder / f"{name}.json").write_text(json.dumps(content))
        program = Path(verify_inclusion.__file__).read_bytes()
        (self.folder / "verify_inclusion.py").write_bytes(program)
        ran = subprocess.run(
            [
                sys.executable,
                "-I",
                "verify_inclusion.py",
                "mine.json",
                "public.json",
                self.customer,
            ],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Give a proof that is right, over HTTP."""
    api = ApiClient("alpha.test")
    with tenancy.scope("alpha"):
        person, other = new_client("12.34"), new_client("99.99")
        report = encode(REPORT_PREFIX, make_liability_report(by=SYSTEM))
    path = f"/proofs/{report}"
    return Case(
        customer=encode(CUSTOMER_PREFIX, person.customer_id),
        public=api.get(path).json(),
        mine=api.get(f"{path}/mine", token=person.access_token).json(),
        others=api.get(f"{path}/mine", token=other.access_token).json(),
        folder=tmp_path_factory.mktemp("verifier"),
    )


@pytest.fixture
def case(proved: Case) -> Case:
    """Give a copy of the proof, to be spoiled."""
    return copy.deepcopy(proved)


def wrong_sum(case: Case) -> None:
    case.part["siblings"][-1]["sum_minor"] = str(int(case.part["siblings"][-1]["sum_minor"]) + 1)


def wrong_amount(case: Case) -> None:
    case.part["amount_minor"] = str(int(case.part["amount_minor"]) + 1)


def wrong_total_of_parts(case: Case) -> None:
    case.mine["accounts"][0]["amount_minor"] = "1235"


def omitted_sibling(case: Case) -> None:
    del case.part["siblings"][0]


def negative_sibling(case: Case) -> None:
    case.part["siblings"][0]["sum_minor"] = "-5"


def other_customers_proof(case: Case) -> None:
    case.mine = case.others


def other_customers_leaves(case: Case) -> None:
    case.mine["accounts"] = case.others["accounts"]


def changed_root(case: Case) -> None:
    root = case.root()
    root["hash"] = ("1" if root["hash"][0] == "0" else "0") + root["hash"][1:]


def changed_total(case: Case) -> None:
    case.root()["total_minor"] = str(int(case.root()["total_minor"]) - 1)


def one_leaf_twice(case: Case) -> None:
    account = case.mine["accounts"][0]
    account["parts"].append(copy.deepcopy(account["parts"][0]))


def other_report(case: Case) -> None:
    case.public["id"] = encode(REPORT_PREFIX, uuid7())


def nothing_shown(case: Case) -> None:
    case.mine["accounts"] = []


class TestTheVerifier:
    def test_finds_a_right_proof_true(self, case: Case) -> None:
        code, said = case.verdict()
        assert code == 0, said
        assert "counts 12.34 USD" in said

    @pytest.mark.parametrize(
        "spoil",
        [
            wrong_sum,
            wrong_amount,
            wrong_total_of_parts,
            omitted_sibling,
            negative_sibling,
            other_customers_proof,
            other_customers_leaves,
            changed_root,
            changed_total,
            one_leaf_twice,
            other_report,
            nothing_shown,
        ],
    )
    def test_finds_anything_else_false(self, case: Case, spoil: Callable[[Case], None]) -> None:
        spoil(case)
        code, said = case.verdict()
        assert code == 1
        assert "FALSE" in said
        assert "Traceback" not in said


class owners:  # noqa: N801 - used as a function: with owners(…)
    """Let other accounts count as customers' within the block."""

    def __init__(self, told: Callable[[], list[tuple[AccountId, Any]]]) -> None:
        self._told = told

    def __enter__(self) -> None:
        liabilities.register_owners("tests", self._told)

    def __exit__(self, *_: object) -> None:
        liabilities.register_owners("tests", list)


def post_from(wallet: AccountId, amount: int) -> None:
    """Take more out of an account than it has."""
    assert post(move(wallet, open_bank(), amount))[0].is_done
