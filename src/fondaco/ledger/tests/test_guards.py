"""What the database itself refuses, whoever asks."""

from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from fondaco.kit.django.tenancy import TenantScope
from fondaco.ledger.tests.books import give, move, open_wallet, post

CHANGES = [
    "UPDATE {table} SET memo = 'other' WHERE id = '{id}'",
    "DELETE FROM {table} WHERE id = '{id}'",
    "TRUNCATE {table}",
]


@pytest.fixture
def written(tenant: TenantScope) -> tuple[str, str]:
    """Post one transfer and refuse another; gives their ids."""
    assert tenant.name == "alpha"
    payer, payee = open_wallet(), open_wallet()
    give(payer, 10)
    done, refused = move(payer, payee, 1), move(payer, payee, 100)
    post(done, refused)
    return str(done.id), str(refused.id)


def tables(owner: "psycopg.Connection[Any]") -> list[str]:
    """Give the table of transfers, its partitions and the table of refusals, with their schema."""
    rows = owner.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits"
        " WHERE inhparent = 't_alpha.ledger_transfer'::regclass"
    ).fetchall()
    assert len(rows) >= 4
    return ["t_alpha.ledger_transfer", "t_alpha.ledger_rejection", *[row[0] for row in rows]]


class TestWrittenRows:
    """Rows of transfers and refusals."""

    def test_are_not_changed_by_the_applications_role(
        self, written: tuple[str, str], owner_connection: "psycopg.Connection[Any]"
    ) -> None:
        """It has no privilege to, in any partition."""
        for table in tables(owner_connection):
            for change in CHANGES:
                with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                    connection.cursor().execute(change.format(table=table, id=written[0]))

    @pytest.mark.parametrize("who", ["owner_connection", "superuser_connection"])
    def test_are_not_changed_by_anybody(
        self, written: tuple[str, str], who: str, request: pytest.FixtureRequest
    ) -> None:
        """A trigger on each table refuses what privileges would allow."""
        role = request.getfixturevalue(who)
        for table in tables(role):
            for change in CHANGES:
                with pytest.raises(psycopg.errors.RestrictViolation, match="never changed"):
                    role.execute(change.format(table=table, id=written[0]))

    def test_are_not_deleted_with_their_accounts(
        self, written: tuple[str, str], owner_connection: "psycopg.Connection[Any]"
    ) -> None:
        """Accounts stay for ever as well."""
        del written
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner_connection.execute("DELETE FROM t_alpha.ledger_account")
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner_connection.execute("TRUNCATE t_alpha.ledger_account CASCADE")
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            connection.cursor().execute("DELETE FROM ledger_account")

    @pytest.mark.parametrize(
        ("column", "value", "constraint"),
        [
            ("amount", "0", "ledger_transfer_amount_is_positive"),
            ("debit", "credit", "ledger_transfer_has_two_accounts"),
        ],
    )
    def test_are_sound_whoever_writes_them(
        self,
        written: tuple[str, str],
        owner_connection: "psycopg.Connection[Any]",
        column: str,
        value: str,
        constraint: str,
    ) -> None:
        """Amounts are positive and accounts two."""
        names = (
            "id debit credit debit_version credit_version at amount debit_balance credit_balance"
        )
        columns = [*names.split(), "kind", "step", "actor"]
        values = [value if name == column else name for name in columns]
        with pytest.raises(psycopg.errors.CheckViolation, match=constraint):
            owner_connection.execute(
                f"INSERT INTO t_alpha.ledger_transfer ({', '.join(columns)}) SELECT {', '.join(values)}"
                f" FROM t_alpha.ledger_transfer WHERE id = '{written[0]}'"
            )

    @pytest.mark.parametrize(("at", "digit"), [(14, "4"), (19, "0")])
    def test_have_ids_of_version_7(
        self,
        written: tuple[str, str],
        owner_connection: "psycopg.Connection[Any]",
        at: int,
        digit: str,
    ) -> None:
        """An id whose time fits but whose version or variant is another is refused."""
        other = written[0][:at] + digit + written[0][at + 1 :]
        with pytest.raises(psycopg.errors.CheckViolation, match="time_ordered"):
            owner_connection.execute(
                "INSERT INTO t_alpha.ledger_transfer (id, debit, credit, debit_version, credit_version, at,"
                " amount, debit_balance, credit_balance, kind, step, actor)"
                " VALUES (%s, 1, 2, 1, 1, now(), 1, 0, 0, 'a.b', 'post', 'x')",
                [other],
            )


class TestAccounts:
    """Rows of accounts."""

    @pytest.mark.parametrize(
        "column", ["debits_posted", "credits_posted", "debits_pending", "credits_pending"]
    )
    def test_have_no_total_below_zero(
        self, tenant: TenantScope, owner_connection: "psycopg.Connection[Any]", column: str
    ) -> None:
        """Whoever writes it."""
        wallet = open_wallet()
        with pytest.raises(psycopg.errors.CheckViolation, match="totals_are_not_negative"):
            owner_connection.execute(
                f"UPDATE t_{tenant.name}.ledger_account SET {column} = -1 WHERE id = {wallet}"
            )
