"""Partitions that are taken off: blocks stand for their rows, and all else goes on being checked."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import TenantScope
from fondaco.ledger import actions
from fondaco.ledger.tests.books import dated_id, move, open_bank, open_wallet, post
from fondaco.ledger.types import TransferId
from fondaco.proofs.actions.seals import seal
from fondaco.proofs.models import KeptLeaves
from fondaco.proofs.verification import verify

JANUARY = datetime(2031, 1, 31, 23, 50, tzinfo=UTC)
MARCH = datetime(2031, 3, 5, 12, tzinfo=UTC)


class Books:
    """A block of January, one across the month's end, and one of March."""

    def __init__(self) -> None:
        """Post and seal by a clock of one's own."""
        self.ids: list[TransferId] = []
        with clock.set_to(JANUARY):
            actions.make_partitions()
            self.bank, self.wallet = open_bank(), open_wallet()
            self.move(100)
            seal(by=SYSTEM)
        for minutes in (8, 12):
            with clock.set_to(JANUARY + timedelta(minutes=minutes)):
                self.move(minutes)
        with clock.set_to(JANUARY + timedelta(minutes=13)):
            seal(by=SYSTEM)
        with clock.set_to(MARCH):
            actions.make_partitions()
            self.move(1)
            actions.make_checkpoints()

    def move(self, amount: int) -> None:
        """Bring money in."""
        self.ids.append(TransferId(dated_id()))
        post(move(self.bank, self.wallet, amount, id=self.ids[-1]))


@pytest.fixture
def books(fresh_tenant: Callable[..., TenantScope]) -> Iterator[Books]:
    """Live in a tenant of one's own, in March 2031."""
    with tenancy.scope(fresh_tenant()), clock.set_to(MARCH + timedelta(days=1)):
        yield Books()


class TestADetachedPartition:
    def test_is_covered_by_the_roots_of_its_blocks_once_its_rows_agree_with_them(
        self, books: Books, superuser_connection: "psycopg.Connection[Any]"
    ) -> None:
        def write(memo: str | None, number: int) -> None:
            schema = tenancy.current().schema
            with superuser_connection.transaction():
                superuser_connection.execute(f'SET LOCAL search_path = "{schema}"')
                superuser_connection.execute("SET LOCAL session_replication_role = replica")
                superuser_connection.execute(
                    "UPDATE ledger_transfer SET memo = %s WHERE id = %s", [memo, books.ids[number]]
                )

        seal(by=SYSTEM)
        write("x", 0)
        assert "ledger_transfer_203101" not in actions.detach_partitions(after_days=20)
        write(None, 0)
        assert verify().difference is None
        assert "ledger_transfer_203101" in actions.detach_partitions(after_days=20)
        found = verify()
        assert found.difference is None
        assert found.counts["rows_by_root_alone"] == 2
        assert KeptLeaves.objects.count() == 1
        write("x", 2)
        named = f"transfer {books.ids[2]} is not as block 2 closed it"
        assert verify().difference == named

    def test_stays_while_a_row_is_in_no_block(self, books: Books) -> None:
        with clock.set_to(JANUARY - timedelta(hours=1)):
            books.bank, books.wallet = open_bank(), open_wallet()
            books.move(5)
        assert "ledger_transfer_203101" not in actions.detach_partitions(after_days=20)
