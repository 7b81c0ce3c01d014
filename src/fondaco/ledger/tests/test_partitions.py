"""Partitions of the table of transfers: made ahead, by the application's own role."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from fondaco.kit import clock
from fondaco.kit.django import tenancy
from fondaco.kit.options import override
from fondaco.ledger import actions, tasks
from fondaco.ledger.tests.books import BY, give, open_wallet


class TestMakePartitions:
    """The job."""

    def test_makes_each_coming_month_once(self, fresh_tenant: Any) -> None:
        """Again it finds nothing to do; what it made can be posted to."""
        with tenancy.scope(fresh_tenant().name):
            later = datetime(2031, 5, 31, 12, tzinfo=UTC)
            with clock.set_to(later):
                assert actions.make_partitions() == [
                    "ledger_transfer_203105",
                    "ledger_transfer_203106",
                    "ledger_transfer_203107",
                    "ledger_transfer_203108",
                    "ledger_transfer_203109",
                ]
                assert actions.make_partitions() == []
            with clock.set_to(datetime(2031, 7, 1, tzinfo=UTC)):
                tasks.make_partitions()
                assert actions.make_partitions() == []
            give(open_wallet(), 1)

    def test_makes_days_where_the_option_says_so(self, fresh_tenant: Any) -> None:
        """Days that a month covers already are left alone; the others begin where it ends."""
        with tenancy.scope(fresh_tenant().name), override(ledger_partition="day"):
            with clock.set_to(datetime(2031, 5, 1, tzinfo=UTC)):
                made = actions.make_partitions()
            assert made[:2] == ["ledger_transfer_20310430", "ledger_transfer_20310501"]
            assert len(made) == 64
            assert actions.make_partitions() == []

    @pytest.mark.usefixtures("tenant")
    def test_takes_no_other_unit(self) -> None:
        """The function can make partitions of months and days, and nothing else."""
        with pytest.raises(DatabaseError, match="month or a day"), transaction.atomic():
            connection.cursor().execute("SELECT ledger_make_partition('2031-01-01', 'year')")

    def test_is_not_for_everybody(self, superuser_connection: "psycopg.Connection[Any]") -> None:
        """Only the owner and the application's role may call it."""
        (public,) = superuser_connection.execute(
            "SELECT proacl::text LIKE '%{=X%' OR proacl::text LIKE '%,=X%' FROM pg_proc"
            " WHERE oid = 't_alpha.ledger_make_partition(date, text)'::regprocedure"
        ).fetchone() or (None,)
        assert public is False


@pytest.mark.usefixtures("tenant")
def test_the_jobs_run_and_find_nothing_wrong() -> None:
    """Expiry and the check of references go through an orderly ledger."""
    tasks.expire_holds()
    tasks.check_references()
    assert actions.expire_holds(by=BY) == 0
