"""Checkpoints of odd days: before anything moved, after a clock that was set back, and over a gap."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from fondaco.kit import clock
from fondaco.kit.django import tenancy
from fondaco.ledger import actions, models, queries
from fondaco.ledger.queries.history import HistoryBroken
from fondaco.ledger.tests.books import dated_id, move, open_bank, open_wallet, post
from fondaco.ledger.types import AccountId

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
DAY = timedelta(days=1)


class Books:
    """An account that moves on any day one likes."""

    def __init__(self) -> None:
        self.bank, self.wallet = open_bank(), open_wallet()

    def move(self, day: int, amount: int) -> None:
        """Bring money in at noon of a day, counted from today."""
        with clock.set_to(NOON + day * DAY):
            (done,) = post(move(self.bank, self.wallet, amount, id=dated_id()))
        assert (done.is_done, done.at) == (True, NOON + day * DAY)

    def held(self, day: int) -> tuple[int, int]:
        """Ask for version and balance as they were at the midnight at which a day ended."""
        found = queries.get_account_before(
            account_id=self.wallet, at=NOON + day * DAY + timedelta(hours=12)
        )
        return found.version, found.posted.minor


def make_until(day: int) -> list[datetime]:
    """Make the checkpoints that can be made at noon of a day."""
    with clock.set_to(NOON + day * DAY):
        return actions.make_checkpoints()


def last_of(account_id: AccountId) -> tuple[int, int, datetime]:
    """Give version, credits and midnight of an account's last checkpoint."""
    found = models.Checkpoint.objects.filter(account=account_id).order_by("-version")[0]
    return found.version, int(found.credits_posted), found.until


class TestCheckpoints:
    def test_are_right_on_odd_days_and_are_not_made_over_a_gap(
        self, fresh_tenant: Any, superuser_connection: "psycopg.Connection[Any]"
    ) -> None:
        tenant = fresh_tenant()
        with tenancy.scope(tenant.name):
            self._are_none_where_nothing_ever_moved()
            books = Books()
            self._count_what_a_clock_that_was_set_back_dated_into_days_that_were_done(books)
            for day in (8, 9, 9):
                books.move(day, 1)
            assert len(make_until(9)) == 2
            version = last_of(books.wallet)[0]
            with superuser_connection.transaction():
                superuser_connection.execute("SET LOCAL session_replication_role = replica")
                superuser_connection.execute(
                    f"DELETE FROM {tenant.schema}.ledger_transfer WHERE debit_version = %s",
                    [version + 1],
                )
            self._miss_what_was_taken_away(books, version)

    def _are_none_where_nothing_ever_moved(self) -> None:
        assert make_until(3) == []
        assert models.CheckpointDay.objects.count() == 0

    def _count_what_a_clock_that_was_set_back_dated_into_days_that_were_done(
        self, books: Books
    ) -> None:
        books.move(0, 100)
        assert len(make_until(5)) == 5
        books.move(3, 20)
        books.move(5, 3)
        assert len(make_until(7)) == 2
        midnight = NOON + timedelta(hours=12)
        assert last_of(books.wallet) == (3, 123, midnight + 5 * DAY)
        assert last_of(books.bank)[0] == 3
        assert [books.held(day) for day in (0, 5, 6)] == [(1, 100), (3, 123), (3, 123)]

    def _miss_what_was_taken_away(self, books: Books, version: int) -> None:
        gap = f"{books.bank}: transfers before version {version + 2} are missing"
        with pytest.raises(HistoryBroken, match=gap):
            make_until(11)
        days = models.CheckpointDay.objects.order_by("-until")
        assert f"{days[0]}" == f"{NOON + 9 * DAY:%F}: 2"
        last = models.Checkpoint.objects.filter(account=books.wallet).order_by("-version")[0]
        assert f"{last}" == f"{books.wallet} at version {version} before {NOON + 9 * DAY:%F}"
