"""Partitions that leave the table: all that are old, whole, and only with what they should hold."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fondaco.kit import clock
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import TenantScope
from fondaco.kit.options import override
from fondaco.ledger import actions, models, tasks
from fondaco.ledger.actions import archive
from fondaco.ledger.queries.history import HistoryDetached, Totals, add_moves, refuse_detached
from fondaco.ledger.queries.partitions import Partition, list_detached, list_partitions
from fondaco.ledger.tests.books import BY, dated_id, move, open_bank, open_wallet, post
from fondaco.ledger.types import TransferId

JANUARY = datetime(2031, 1, 10, 12, tzinfo=UTC)
MARCH = datetime(2031, 3, 5, 12, tzinfo=UTC)
LATER = datetime(2041, 12, 31, tzinfo=UTC)
DAY = timedelta(days=1)
JANUARYS = "ledger_transfer_203101"


class Books:
    """Two accounts that moved in January and in March, behind whose back one can change things."""

    def __init__(self, tenant: TenantScope, superuser: "psycopg.Connection[Any]") -> None:
        self._tenant, self._superuser = tenant, superuser
        self.bank, self.wallet = open_bank(), open_wallet()
        self.ids: list[TransferId] = []
        for at in (JANUARY, MARCH):
            with clock.set_to(at):
                actions.make_partitions()
                self.ids.append(dated_id())
                assert post(move(self.bank, self.wallet, 5, id=self.ids[-1]))[0].is_done
        with clock.set_to(JANUARY + 2 * DAY):
            actions.make_checkpoints()
        models.CheckpointDay.objects.create(until=LATER, accounts=0, made_at=LATER)

    def change(self, statement: str, *arguments: object) -> None:
        """Change a row that nobody may change."""
        with self._superuser.transaction():
            self._superuser.execute(f'SET LOCAL search_path = "{self._tenant.schema}"')
            self._superuser.execute("SET LOCAL session_replication_role = replica")
            assert self._superuser.execute(statement, arguments).rowcount == 1


@pytest.fixture
def books(
    fresh_tenant: Any,
    superuser_connection: "psycopg.Connection[Any]",
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Books]:
    """Live in a tenant of one's own, in 2041, as if the checkpoints of all days were there."""
    monkeypatch.setattr(archive, "_guards", [])
    tenant = fresh_tenant()
    with tenancy.scope(tenant), clock.set_to(LATER):
        yield Books(tenant, superuser_connection)


class TestOldPartitions:
    def test_leave_whole_or_not_at_all(self, books: Books, tmp_path: Path) -> None:
        self._stay_while_they_hold_what_was_posted_after_their_time(books)
        self._are_missed_by_whoever_was_about_to_read_them(books)
        self._leave_one_and_all_where_no_new_ones_were_made()
        books.change("UPDATE ledger_detached SET transfers = 2 WHERE name = %s", JANUARYS)
        with pytest.raises(archive.NotExported, match="held 2 transfers and now holds 1"):
            actions.export_partition(name=JANUARYS, to=tmp_path / "january.csv.gz", by=BY)
        assert models.DetachedPartition.objects.get(pk=JANUARYS).exported_at is None

    def _stay_while_they_hold_what_was_posted_after_their_time(self, books: Books) -> None:
        """It would be missing in histories that say that they are whole."""
        move_to = "UPDATE ledger_transfer SET at = %s WHERE id = %s"
        books.change(move_to, datetime(2031, 2, 2, tzinfo=UTC), books.ids[0])
        with pytest.raises(RuntimeError, match=f"{JANUARYS} holds a transfer of 2031-02-02"):
            actions.detach_partitions(after_days=30)
        assert list_partitions()[0].name == JANUARYS
        books.change(move_to, JANUARY, books.ids[0])

    def _are_missed_by_whoever_was_about_to_read_them(self, books: Books) -> None:
        """He looked where the table begins before they left."""
        with clock.set_to(MARCH + DAY):
            assert JANUARYS in actions.detach_partitions(after_days=20)
        with pytest.raises(HistoryDetached):
            add_moves(account_id=books.wallet, to=Totals(), since=JANUARY, until=MARCH + DAY)
        with pytest.raises(HistoryDetached):
            refuse_detached(account_ids=[books.wallet], since=JANUARY)
        refuse_detached(account_ids=[books.wallet], since=JANUARY + DAY)  # it rested from then on

    def _leave_one_and_all_where_no_new_ones_were_made(self) -> None:
        asked: list[str] = []

        def agree(partition: Partition) -> None:
            asked.append(partition.name)

        actions.guard_detaching(agree)
        there = [one.name for one in list_partitions()]
        with override(ledger_detach_after_days=30):
            tasks.detach_partitions()
        assert asked == there != []
        assert list_partitions() == []
        assert [f"{one}" for one in list_detached()][-len(there) :] == there
        found = actions.find_missing_months()
        assert [f"{month:%Y-%m}" for month in found] == ["2041-12", "2042-01"]
