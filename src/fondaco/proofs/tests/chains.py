"""A tenant of its own with a chain of a few blocks, and a superuser who changes things behind its back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg

from fondaco.audit import actions as audit
from fondaco.audit.types import AuditEntry
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import TenantScope
from fondaco.kit.django.tenancy.schemas import create_tenant
from fondaco.ledger.tests.books import give, move, open_wallet, post
from fondaco.ledger.types import AccountId, Transfer
from fondaco.proofs.actions.seals import seal
from fondaco.proofs.verification import verify

TABLES: Final = (
    "ledger_transfer",
    "ledger_account",
    "audit_entry",
    "proofs_block",
    "proofs_block_part",
)


class Chain:
    """Three blocks with five transfers and a few audit entries."""

    superuser: "psycopg.Connection[Any]"

    def __init__(self) -> None:
        """Make the tenant, post, and seal."""
        self.tenant: TenantScope = create_tenant(
            name=f"chain_{uuid4().hex[:12]}", mode="demo"
        ).scope
        self.moves: list[Transfer] = []
        self.entries: list[AuditEntry] = []
        with tenancy.scope(self.tenant):
            self.payer, self.payee = open_wallet(), open_wallet()
            give(self.payer, 1000)
            for amount in (10, 20):
                self.add(amount)
                self.add(amount + 5)
                seal(by=SYSTEM)
            give(self.payee, 1)
            seal(by=SYSTEM)

    def add(self, amount: int) -> Transfer:
        """Post a movement, and write an audit entry."""
        moved = move(self.payer, self.payee, amount, memo="lunch")
        post(moved)
        self.moves.append(moved)
        self.entries.append(audit.record(by=SYSTEM, action="a.b.c", subject=f"x_{amount}"))
        return moved

    def change(self, statement: str, *arguments: object) -> None:
        """Run a statement with all triggers switched off; it must change something."""
        assert self._run(statement, *arguments) > 0

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Undo after the block whatever was changed in it."""
        for table in TABLES:
            self._run(f"CREATE TABLE before_{table} AS SELECT * FROM {table}")
        yield
        for table in reversed(TABLES):
            self._run(f"DELETE FROM {table}")
        for table in TABLES:
            self._run(f"INSERT INTO {table} SELECT * FROM before_{table}")
            self._run(f"DROP TABLE before_{table}")

    def _run(self, statement: str, *arguments: object) -> int:
        with self.superuser.transaction():
            self.superuser.execute(f'SET LOCAL search_path = "{self.tenant.schema}"')
            self.superuser.execute("SET LOCAL session_replication_role = replica")
            return self.superuser.execute(statement, arguments).rowcount


@contextmanager
def difference(*words: object) -> Iterator[None]:
    """Expect that nothing is wrong before the block, and that what is wrong after it has these words."""
    assert verify().difference is None
    yield
    found = verify().difference
    assert found is not None
    for word in words:
        assert str(word) in found


def dated(id_: UUID, hours: int) -> UUID:
    """Give an id like another one, of so many hours before."""
    return UUID(int=id_.int - (hours * 3_600_000 << 80))


__all__ = ["AccountId", "Chain", "dated", "difference"]
