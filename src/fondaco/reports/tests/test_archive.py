"""Old partitions: taken off, exported, dropped, while histories and proofs go on being right."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction

from fondaco.journal.queries.sums import sum_by_counterparty, sum_by_day
from fondaco.kit import clock
from fondaco.kit.django import tenancy
from fondaco.kit.errors import NotFound
from fondaco.kit.options import override
from fondaco.ledger import actions, models, queries, tasks
from fondaco.ledger.actions import archive
from fondaco.ledger.queries import history
from fondaco.ledger.queries.history import HistoryDetached
from fondaco.ledger.queries.partitions import Partition, list_detached, list_partitions
from fondaco.ledger.tests.books import (
    BY,
    dated_id,
    end,
    hold,
    move,
    open_bank,
    open_wallet,
    post,
)
from fondaco.ledger.types import AccountId, EntryFilter, Result, Step
from fondaco.ledger.verify import verify
from fondaco.proofs.queries.trial import get_trial_balance
from fondaco.reports.statements import Period, get_statement, list_lines

JANUARY = datetime(2031, 1, 10, 12, tzinfo=UTC)
MARCH = datetime(2031, 3, 5, 12, tzinfo=UTC)
OPENING = datetime(2031, 2, 2, tzinfo=UTC)
"""A day after the month's end: ids may be dated so far ahead of their transfers."""
DAY = timedelta(days=1)
JANUARYS = "ledger_transfer_203101"


@pytest.fixture(autouse=True)
def _unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask nobody above the ledger whether a partition may leave."""
    monkeypatch.setattr(archive, "_guards", [])


class Books:
    """Two accounts that moved in January and in March, with a hold that is open between."""

    def __init__(self) -> None:
        with clock.set_to(JANUARY):
            actions.make_partitions()
            self.wallet, self.idle, self.bank = open_wallet(), open_wallet(), open_bank()
            self._move(self.bank, self.wallet, 100)
            self._move(self.bank, self.idle, 7)
            self.held = hold(self.wallet, self.bank, 30, id=dated_id())
            post(self.held)
        with clock.set_to(JANUARY + DAY):
            self._move(self.bank, self.wallet, 5)
        with clock.set_to(MARCH):
            self._move(self.wallet, self.bank, 10)
            post(end(self.held, Step.CAPTURE, 20, id=dated_id()))
            actions.make_partitions()

    def _move(self, debit: AccountId, credit: AccountId, amount: int) -> None:
        (done,) = post(move(debit, credit, amount, id=dated_id()))
        assert done.result is Result.POSTED

    def before(self, at: datetime, account_id: AccountId | None = None) -> tuple[int, int, int]:
        """Ask what an account held: its version, balance and what was held."""
        found = queries.get_account_before(account_id=account_id or self.wallet, at=at)
        return found.version, found.posted.minor, found.held.minor


@contextmanager
def living(tenant: Any) -> Iterator[Books]:
    """Live in a tenant of one's own, in March 2031."""
    with tenancy.scope(tenant), clock.set_to(MARCH + DAY):
        with clock.set_to(MARCH):
            books = Books()
        actions.make_checkpoints()
        yield books


class TestOldPartitions:
    """Those that ended long ago."""

    def test_leave_the_table_and_take_no_answer_with_them_that_checkpoints_give(
        self, fresh_tenant: Any
    ) -> None:
        with living(fresh_tenant().name) as books:
            assert actions.detach_partitions() == []
            assert JANUARYS in [one.name for one in list_partitions()]
            known = {
                at: books.before(at) for at in (OPENING, MARCH, MARCH + DAY, JANUARY - 30 * DAY)
            }
            assert known[MARCH + DAY] == (5, 75, 0)
            trial = get_trial_balance(at=MARCH + DAY)
            with override(ledger_detach_after_days=30):
                tasks.detach_partitions()
                assert actions.detach_partitions() == []
            assert JANUARYS not in [one.name for one in list_partitions()]
            assert [(one.name, one.transfers, one.opening_at) for one in list_detached()][-1] == (
                JANUARYS,
                4,
                OPENING,
            )
            assert {at: books.before(at) for at in known} == known
            assert books.before(OPENING, books.idle) == (1, 7, 0)
            assert get_trial_balance(at=MARCH + DAY) == trial
            self._refuses_what_it_no_longer_has(books)
            self._goes_on(books)
            self._can_be_exported_and_dropped()

    def _refuses_what_it_no_longer_has(self, books: Books) -> None:
        now = clock.now()
        with pytest.raises(HistoryDetached) as refused:
            books.before(JANUARY + timedelta(hours=1))
        assert refused.value.facts == {"available_from": OPENING.isoformat()}
        assert books.before(datetime(2031, 1, 11, tzinfo=UTC)) == (2, 100, 30)
        with pytest.raises(HistoryDetached):
            queries.get_account_version(account_id=books.wallet, version=1)
        assert queries.get_account_version(account_id=books.wallet, version=2).version == 2
        with pytest.raises(HistoryDetached):
            get_trial_balance(at=JANUARY + timedelta(hours=1))
        for period in (Period(), Period(since=JANUARY), Period(since_version=2)):
            with pytest.raises(HistoryDetached):
                get_statement(account_id=books.wallet, period=period, now=now)
        whole = get_statement(account_id=books.wallet, period=Period(since=OPENING), now=now)
        assert (whole.opening.posted.minor, whole.closing.posted.minor) == (105, 75)
        lines = list_lines(account_id=books.wallet, after=3, upto=5)
        assert [line.balance_after for line in lines] == [95, 75]
        own, since = [books.wallet], JANUARY
        recent = queries.list_entries(account_ids=own, limit=9).items
        assert [entry.version for entry in recent] == [5, 4]
        for ask in (
            lambda: queries.list_entries(account_ids=own, chosen=EntryFilter(since=since), limit=9),
            lambda: sum_by_day(account_ids=own, since=since, until=now, time_zone="UTC"),
            lambda: sum_by_counterparty(account_ids=own, since=since, until=now, limit=9),
        ):
            with pytest.raises(HistoryDetached):
                ask()
        kept = queries.list_entries(account_ids=own, chosen=EntryFilter(since=OPENING), limit=9)
        assert [entry.version for entry in kept.items] == [5, 4]
        unmoved = get_statement(account_id=books.idle, period=Period(since=MARCH), now=now)
        assert (unmoved.transfers, unmoved.opening.posted.minor) == (0, 7)

    def _goes_on(self, books: Books) -> None:
        """The books can be proved, and posted to."""
        found = verify()
        assert (found.difference, found.legs) == (None, 4)
        assert found.totals["USD"] == 100 + 7 + 5 + 10 + 20
        (done,) = post(move(books.wallet, books.idle, 75, id=dated_id()))
        assert done.is_done
        assert verify().difference is None
        owner = connections["owner"]
        with owner.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE ledger_account DISABLE TRIGGER USER;"
                f"UPDATE ledger_account SET credits_posted = 106 WHERE id = {books.wallet}"
            )
        assert "says credits posted 106" in (verify().difference or "")
        with owner.cursor() as cursor:
            cursor.execute(
                f"UPDATE ledger_account SET credits_posted = 105 WHERE id = {books.wallet};"
                "ALTER TABLE ledger_account ENABLE TRIGGER USER"
            )
        assert verify().difference is None

    def _can_be_exported_and_dropped(self) -> None:
        path = Path(self.folder) / "january.csv.gz"
        with pytest.raises(archive.NotExported):
            actions.drop_partition(name=JANUARYS, exported_to=Path(__file__), by=BY)
        assert actions.export_partition(name=JANUARYS, to=path, by=BY) == 4
        with gzip.open(path, "rt") as file:
            head, *rows = file.read().splitlines()
        assert head.startswith("id,debit,credit,")
        assert len(rows) == 4
        with pytest.raises(archive.NotExported):
            actions.drop_partition(name=JANUARYS, exported_to=Path(__file__), by=BY)
        actions.drop_partition(name=JANUARYS, exported_to=path, by=BY)
        for name in (JANUARYS, "ledger_transfer_199901"):
            with pytest.raises(NotFound):
                actions.export_partition(name=name, to=path, by=BY)
        assert [one.dropped_at is not None for one in list_detached()][-1] is True

    @pytest.fixture(autouse=True)
    def _use_folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def test_stay_until_checkpoints_cover_them_and_nobody_objects(
        self, fresh_tenant: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with living(fresh_tenant().name), clock.set_to(MARCH + DAY):
            asked: list[str] = []

            def object_to(partition: Partition) -> str | None:
                asked.append(partition.name)
                return "not sealed"

            monkeypatch.setattr(archive, "_guards", [])
            actions.guard_detaching(object_to)
            actions.guard_detaching(object_to)
            assert actions.detach_partitions(after_days=1) == []
            assert asked == [list_partitions()[0].name]
            monkeypatch.setattr(archive, "_guards", [])
            with clock.set_to(MARCH + 400 * DAY):
                taken = actions.detach_partitions(after_days=1)
            # March has no checkpoints to its end
            assert taken[-1] == "ledger_transfer_203102"
            assert models.DetachedPartition.objects.count() == len(taken)

    def test_that_somebody_began_to_take_off_are_taken_off_to_the_end(
        self, fresh_tenant: Any
    ) -> None:
        """The server was asked to, and stopped while it waited for those who still read."""
        tenant = fresh_tenant()
        with living(tenant.name) as books:
            self._is_interrupted()
            (leaving,) = [one for one in list_partitions() if one.is_leaving]
            assert leaving.name == list_partitions()[0].name
            assert JANUARYS in actions.detach_partitions(after_days=30)
            assert [one for one in list_partitions() if one.is_leaving] == []
            assert books.before(OPENING) == (3, 105, 30)
            assert verify().difference is None

    def _is_interrupted(self) -> None:
        """Detach while a reader keeps the table, until the time-out."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM ledger_transfer")
            with tenancy.bare_statements(), connections["owner"].cursor() as owner:
                owner.execute("SET statement_timeout = '300ms'")
            with pytest.raises(OperationalError, match="statement timeout"):
                actions.detach_partitions(after_days=30)
        with tenancy.bare_statements(), connections["owner"].cursor() as owner:
            owner.execute("RESET statement_timeout")

    def test_need_the_owner(self, tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        user = connections["default"].settings_dict["USER"]
        monkeypatch.setitem(connections["owner"].settings_dict, "USER", user)
        with pytest.raises(archive.OwnerRequired):
            actions.detach_partitions(after_days=30)
        with override(ledger_detach_after_days=30):
            tasks.detach_partitions()


class TestMissingMonths:
    """This month and the next must have partitions."""

    def test_are_found(self, tenant: Any) -> None:
        with clock.set_to(datetime(2041, 12, 31, tzinfo=UTC)):
            found = actions.find_missing_months()
        assert [f"{month:%Y-%m}" for month in found] == ["2041-12", "2042-01"]
        assert actions.find_missing_months() == []
        assert history.find_opening() is None
