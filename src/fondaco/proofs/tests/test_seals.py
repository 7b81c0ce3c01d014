"""Sealing: what is committed goes into exactly one block, whatever its key says and whenever it commits."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from fondaco.audit import actions as audit
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import TenantScope
from fondaco.kit.django.tenancy.schemas import create_tenant
from fondaco.kit.ids import uuid7
from fondaco.ledger.tests.books import at_once, give, move, open_wallet, post
from fondaco.ledger.types import TransferId
from fondaco.proofs import lines, merkle, tasks
from fondaco.proofs.actions import seals
from fondaco.proofs.actions.seals import seal
from fondaco.proofs.models import Block, BlockPart
from fondaco.proofs.tests.chains import dated
from fondaco.proofs.types import Sealed
from fondaco.proofs.verification import verify


@pytest.fixture(scope="module")
def own_tenant() -> TenantScope:
    """Make a tenant that nobody else posts in."""
    return create_tenant(name=f"seals_{uuid4().hex[:12]}", mode="demo").scope


@pytest.fixture(autouse=True)
def scope(own_tenant: TenantScope) -> Iterator[TenantScope]:
    """Work in that tenant, with everything sealed that earlier tests left."""
    with tenancy.scope(own_tenant):
        seal(by=SYSTEM)
        yield own_tenant


class TestSeal:
    def test_closes_what_was_posted_and_done_once(self) -> None:
        wallet = open_wallet()
        give(wallet, 100)
        audit.record(by=SYSTEM, action="a.b.c", subject="x_1")
        done = seal(by=SYSTEM)
        assert (done.blocks, done.missing) == (1, 0)
        assert done.rows == 2 + 1 + 3  # accounts, transfer, entries
        assert seal(by=SYSTEM).blocks == 0

    def test_chains_each_block_to_the_one_before_and_tells_of_it(self) -> None:
        for _ in range(2):
            audit.record(by=SYSTEM, action="a.b.c", subject="x_1")
            seal(by=SYSTEM)
        second, first = Block.objects.order_by("-number")[:2]
        assert bytes(second.previous) == bytes(first.hash)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT data ->> 'hash' FROM kit_event WHERE type = 'proofs.block.sealed'"
                " AND subject = %s",
                [f"block_{second.number}"],
            )
            assert cursor.fetchall() == [(bytes(second.hash).hex(),)]

    def test_closes_what_committed_late_in_a_later_block(self) -> None:
        """The late row's key is less than those that are closed already."""
        late_written, may_commit = threading.Event(), threading.Event()

        def write_late(_: int) -> None:
            with transaction.atomic():
                audit.record(by=SYSTEM, action="late.b.c", subject="x_1")
                late_written.set()
                assert may_commit.wait(30)

        def seal_meanwhile(_: int) -> Sealed:
            assert late_written.wait(30)
            audit.record(by=SYSTEM, action="a.b.c", subject="x_1")
            try:
                return seal(by=SYSTEM)
            finally:
                may_commit.set()

        done = at_once(lambda number: (write_late, seal_meanwhile)[number](number), threads=2)
        assert done[1].rows == 1
        after = seal(by=SYSTEM)
        assert (after.blocks, after.rows) == (1, 1)
        assert verify().difference is None

    def test_closes_what_its_caller_dated_hours_off_when_it_looks_thoroughly(self) -> None:
        payer, payee = open_wallet(), open_wallet()
        give(payer, 10)
        seal(by=SYSTEM)
        for hours in (-20, 20):
            post(move(payer, payee, 1, id=TransferId(dated(uuid7(), hours))))
        assert seal(by=SYSTEM).missing == 2
        done = seal(by=SYSTEM, is_thorough=True)
        assert (done.rows, done.missing) == (2, 0)
        assert seal(by=SYSTEM, is_thorough=True).blocks == 0
        assert verify().difference is None
        tasks.seal()
        tasks.seal_late()

    def test_counts_rarely_what_many_accounts_were_posted_to(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        payer, payee = open_wallet(), open_wallet()
        give(payer, 10)
        seal(by=SYSTEM)
        post(move(payer, payee, 1, id=TransferId(dated(uuid7(), -20))))
        monkeypatch.setattr(seals, "_FEW_ACCOUNTS", 0)
        monkeypatch.setattr(seals, "_COUNT_EACH", timedelta(days=1_000_000))  # all in one span
        assert seal(by=SYSTEM).missing == 0
        monkeypatch.setattr(seals, "_COUNT_EACH", timedelta(microseconds=1))  # each in its own
        assert seal(by=SYSTEM).missing == 1
        monkeypatch.setattr(seals, "_COUNT_EACH", timedelta(days=1_000_000))
        done = seal(by=SYSTEM, is_thorough=True)
        assert (done.rows, done.missing) == (1, 0)

    def test_counts_transfers_that_are_gone(
        self, scope: TenantScope, superuser_connection: "psycopg.Connection[Any]"
    ) -> None:
        payer, payee = open_wallet(), open_wallet()
        give(payer, 10)
        moved = move(payer, payee, 1)
        post(moved)
        with superuser_connection.transaction():
            superuser_connection.execute(f'SET LOCAL search_path = "{scope.schema}"')
            superuser_connection.execute("SET LOCAL session_replication_role = replica")
            superuser_connection.execute("CREATE TABLE gone AS SELECT * FROM ledger_transfer")
            superuser_connection.execute("DELETE FROM ledger_transfer WHERE id = %s", [moved.id])
        assert seal(by=SYSTEM, is_thorough=True).missing == 1
        with superuser_connection.transaction():
            superuser_connection.execute(f'SET LOCAL search_path = "{scope.schema}"')
            superuser_connection.execute(
                "INSERT INTO ledger_transfer SELECT * FROM gone WHERE id = %s", [moved.id]
            )
            superuser_connection.execute("DROP TABLE gone")
        assert seal(by=SYSTEM, is_thorough=True).missing == 0

    def test_fills_several_blocks_when_there_is_much(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(seals, "ROWS_MAX", 5)
        monkeypatch.setattr(seals, "_READ_MIN", 2)
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        post(*[move(payer, payee, 1) for _ in range(23)])
        done = seal(by=SYSTEM)
        assert (done.blocks, done.missing) == (6, 0)
        assert done.rows == 3 + 24 + 3
        assert verify().difference is None

    def test_reads_in_pieces_and_hashes_as_it_reads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lines, "_PIECE", 3)
        monkeypatch.setattr(merkle, "_PIECE", 4)
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        for count in (1, 3, 4, 17):
            post(*[move(payer, payee, 1) for _ in range(count)])
            assert seal(by=SYSTEM).missing == 0
        assert [part.count for part in _last_parts("transfer", 3)] == [17, 4, 3]
        assert verify().difference is None

    @pytest.mark.parametrize("source", lines.SOURCES, ids=lambda source: source.name)
    def test_reads_by_the_index_and_never_sorts(self, source: lines.Source) -> None:
        statement = lines.selection(source, where=f"{source.key} > %(least)s", limit=10)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(seals._BY_INDEX)
            cursor.execute(f"EXPLAIN {statement}", {"least": source.bound(lines.LEAST)})
            plan = "\n".join(row for (row,) in cursor.fetchall())
        assert "Index Scan" in plan
        assert "Sort  " not in plan
        assert "Gather" not in plan

    def test_lets_one_of_two_at_once_do_it(self) -> None:
        give(open_wallet(), 10)
        done = at_once(lambda _: seal(by=SYSTEM), threads=3)
        assert sum(one.rows for one in done) == 2 + 1 + 2
        assert verify().difference is None


def _last_parts(source: str, many: int) -> list[BlockPart]:
    return list(BlockPart.objects.filter(source=source).order_by("-block_id")[:many])


class TestBlocks:
    @pytest.mark.parametrize("table", ["proofs_block", "proofs_block_part", "proofs_kept_leaves"])
    @pytest.mark.parametrize("change", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
    def test_are_never_changed_by_the_application(self, table: str, change: str) -> None:
        with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as one:
            one.execute(change.format(table))

    def test_are_never_changed_by_their_owner(
        self, scope: TenantScope, owner_connection: "psycopg.Connection[Any]"
    ) -> None:
        with pytest.raises(psycopg.errors.IntegrityError, match="never"):
            owner_connection.execute(f'UPDATE "{scope.schema}".proofs_block SET number = 0')
