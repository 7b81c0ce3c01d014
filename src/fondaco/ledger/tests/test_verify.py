"""Recomputing the ledger: it agrees, or names the first place where somebody changed it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import TenantScope
from fondaco.kit.django.tenancy.schemas import create_tenant
from fondaco.ledger import tasks, verify as verify_module
from fondaco.ledger.tests.books import end, give, hold, move, open_bank, open_wallet, post
from fondaco.ledger.types import AccountId, Step, TransferId
from fondaco.ledger.verify import find_loose_reference, verify
from fondaco.money import Asset

TABLES = ("ledger_transfer", "ledger_account", "ledger_hold")


class Books:
    """A tenant with a bit of everything, and a superuser who can change it behind the ledger's back."""

    superuser: "psycopg.Connection[Any]"

    def __init__(self, tenant: TenantScope) -> None:
        """Post what the tests change."""
        self.tenant = tenant
        self.payer, self.payee = open_wallet(), open_wallet()
        self.euro = open_wallet(asset=Asset("EUR", 2))
        give(self.payer, 1000)
        self.moves = [move(self.payer, self.payee, amount) for amount in (10, 20, 30)]
        self.captured, self.voided, self.open = (hold(self.payer, self.payee, 50) for _ in range(3))
        self.capture = end(self.captured, Step.CAPTURE, 40)
        self.void = end(self.voided, Step.VOID)
        post(*self.moves, self.captured, self.voided, self.open, self.capture, self.void)

    def change(self, statement: str, *arguments: object) -> None:
        """Run a statement with all triggers switched off; it must change something."""
        assert self._run(statement, *arguments) > 0

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Undo after the block whatever was changed in it."""
        for table in TABLES:
            self._run(f"CREATE TABLE before_{table} AS SELECT * FROM {table}")
        yield
        for table in TABLES:
            self._run(f"DELETE FROM {table}")
            self._run(f"INSERT INTO {table} SELECT * FROM before_{table}")
            self._run(f"DROP TABLE before_{table}")

    def _run(self, statement: str, *arguments: object) -> int:
        with self.superuser.transaction():
            self.superuser.execute(f'SET LOCAL search_path = "{self.tenant.schema}"')
            self.superuser.execute("SET LOCAL session_replication_role = replica")
            return self.superuser.execute(statement, arguments).rowcount


@pytest.fixture(scope="module")
def shared_books() -> Books:
    """Make a tenant that all tests of this file share."""
    tenant = create_tenant(name=f"verify_{uuid4().hex[:12]}", mode="demo").scope
    with tenancy.scope(tenant.name):
        return Books(tenant)


@pytest.fixture
def books(shared_books: Books, superuser_connection: "psycopg.Connection[Any]") -> Iterator[Books]:
    """Give the books, and put them in order again after the test."""
    shared_books.superuser = superuser_connection
    with tenancy.scope(shared_books.tenant.name), shared_books.restored():
        yield shared_books


@contextmanager
def difference(*words: object) -> Iterator[None]:
    """Expect that nothing is wrong before the block, and that what is wrong after it has these words."""
    assert verify().difference is None
    yield
    found = verify().difference
    assert found is not None
    for word in words:
        assert str(word) in found


class TestVerify:
    """The recomputation."""

    def test_agrees_with_orderly_books(self, books: Books) -> None:
        """It tells how much it looked at, and how far it is."""
        seen: list[tuple[int, int]] = []
        found = verify(progress=lambda done, of: seen.append((done, of)))
        assert (found.difference, found.legs) == (None, 2 * 9)
        assert found.totals == {"EUR": 0, "USD": 1000 + 60 + 40}
        assert found.accounts == 4
        assert seen[-1][0] == 18
        assert books.payer != books.payee

    def test_goes_through_the_books_in_pieces(
        self, books: Books, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """However many legs one fetches at once."""
        seen: list[int] = []
        monkeypatch.setattr(verify_module, "FETCH", 4)
        found = verify(progress=lambda done, _: seen.append(done))
        assert (found.difference, found.accounts, found.legs) == (None, 4, 18)
        assert seen == [4, 8, 12, 16, 18]

    def test_finds_a_changed_amount(self, books: Books) -> None:
        """One unit more on one row."""
        changed = books.moves[1]
        with difference("balance", changed.id):
            books.change("UPDATE ledger_transfer SET amount = amount + 1 WHERE id = %s", changed.id)

    @pytest.mark.parametrize("column", ["debit_balance", "credit_balance", "debit_held"])
    def test_finds_a_changed_balance(self, books: Books, column: str) -> None:
        """In the running balance after a transfer, or in what was held."""
        changed = books.open
        with difference(changed.id):
            books.change(
                f"UPDATE ledger_transfer SET {column} = {column} - 1 WHERE id = %s", changed.id
            )

    def test_finds_a_deleted_row(self, books: Books) -> None:
        """The gap in the versions tells."""
        with difference("version", books.moves[1].id):
            books.change("DELETE FROM ledger_transfer WHERE id = %s", books.moves[0].id)

    def test_finds_a_deleted_last_row(self, books: Books) -> None:
        """No gap, but fewer transfers than the account says."""
        with difference("version 9, has 8"):
            books.change("DELETE FROM ledger_transfer WHERE id = %s", books.void.id)

    def test_finds_an_inserted_row(self, books: Books) -> None:
        """A version stands twice."""
        with difference("version"):
            books.change(
                "INSERT INTO ledger_transfer SELECT (overlay(id::text placing 'ffff' from 33))::uuid,"
                " debit, credit, debit_version, credit_version, at, amount, debit_balance, credit_balance,"
                " kind, step,"
                " actor FROM ledger_transfer WHERE id = %s",
                books.moves[0].id,
            )

    @pytest.mark.parametrize(
        "column", ["debits_posted", "credits_posted", "debits_pending", "credits_pending"]
    )
    def test_finds_changed_totals(self, books: Books, column: str) -> None:
        """Of an account that says more than its transfers give."""
        with difference(column.replace("_", " ")):
            books.change(
                f"UPDATE ledger_account SET {column} = {column} + 1 WHERE id = %s",
                books.payer,
            )

    def test_finds_a_transfer_between_assets(self, books: Books) -> None:
        """An account that counts another asset than the money it got."""
        with difference("EUR", "debits"):
            books.change(
                "UPDATE ledger_account SET asset_id = (SELECT id FROM ledger_asset WHERE code = 'EUR')"
                " WHERE id = %s",
                books.payee,
            )
        assert "two assets" in str(find_loose_reference())

    def test_finds_a_missing_account(self, books: Books) -> None:
        """In the middle, or behind the last one."""
        missing = open_bank()
        post(move(missing, books.payee, 5))
        with difference("does not exist"):
            books.change("DELETE FROM ledger_account WHERE id = %s", missing)
        assert "does not exist" in str(find_loose_reference())

    def test_finds_a_missing_account_before_others(self, books: Books) -> None:
        """Its legs come before those of the next account."""
        with difference("does not exist", f"account {books.payer}"):
            books.change("DELETE FROM ledger_account WHERE id = %s", books.payer)

    def test_finds_a_hold_that_ended_twice(self, books: Books) -> None:
        """Two transfers that name one hold."""
        with difference("not open"):
            books.change(
                "UPDATE ledger_transfer SET hold_id = %s WHERE id = %s",
                books.captured.id,
                books.void.id,
            )

    def test_finds_a_capture_of_more_than_was_held(self, books: Books) -> None:
        """However the balances were made to fit."""
        with difference("of a hold of 50"):
            books.change("UPDATE ledger_transfer SET amount = 51 WHERE id = %s", books.capture.id)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ("SET amount = amount + 1", "not what its transfer says"),
            ("SET expires_at = now()", "not what its transfer says"),
            ("SET id = gen_random_uuid()", "not what its transfer says"),
        ],
    )
    def test_finds_a_changed_hold(self, books: Books, change: str, words: str) -> None:
        """The row of a hold is no truth of its own."""
        with difference(words):
            books.change(f"UPDATE ledger_hold {change} WHERE id = %s", books.open.id)

    @pytest.mark.parametrize("name", ["captured", "voided", "open"])
    def test_finds_a_hold_in_a_wrong_state(self, books: Books, name: str) -> None:
        """Open though it ended, or ended though it is open."""
        states = {"captured": "voided", "voided": "captured", "open": "voided"}
        held: TransferId = getattr(books, name).id
        with difference("did not end", held):
            books.change(
                "UPDATE ledger_hold SET state = %s, ended_by = coalesce(ended_by, id) WHERE id = %s",
                states[name],
                held,
            )
        tasks.check_references()

    def test_goes_on_where_a_hold_is_still_open(self, books: Books) -> None:
        """A correction is a new transfer, after which all agrees again."""
        post(move(books.payee, books.payer, 5), end(books.open, Step.VOID))
        assert verify().difference is None
        assert AccountId(books.euro) > 0
