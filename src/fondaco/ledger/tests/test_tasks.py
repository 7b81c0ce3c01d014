"""What the ledger does by itself."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fondaco.kit import clock
from fondaco.ledger import tasks
from fondaco.ledger.actions.holds import BATCH

pytestmark = pytest.mark.usefixtures("tenant")


class TestExpireHolds:
    """The job that releases holds."""

    def test_goes_on_while_batches_are_full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It ends with the first that is not."""
        found = [BATCH, BATCH, 3, BATCH]
        monkeypatch.setattr("fondaco.ledger.tasks.actions.expire_holds", lambda **_: found.pop(0))
        tasks.expire_holds()
        assert found == [BATCH]

    def test_leaves_the_rest_to_the_next_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """However many there are, a run ends."""
        calls: list[Any] = []

        def always_full(**_: Any) -> int:
            calls.append(1)
            return BATCH

        monkeypatch.setattr("fondaco.ledger.tasks.actions.expire_holds", always_full)
        tasks.expire_holds()
        assert len(calls) == 50


class TestMakePartitions:
    """The nightly job that makes room."""

    def test_says_which_months_have_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """This one or the next, however that came about."""
        said: list[Any] = []
        monkeypatch.setattr("fondaco.ledger.tasks.actions.make_partitions", list)
        monkeypatch.setattr(tasks.log, "error", lambda *words, **more: said.append((words, more)))
        with clock.set_to(datetime(2041, 12, 31, tzinfo=UTC)):
            tasks.make_partitions()
        assert said == [
            (("ledger.partition.missing",), {"month": "2041-12"}),
            (("ledger.partition.missing",), {"month": "2042-01"}),
        ]


class TestChecks:
    """The nightly look at references."""

    def test_say_what_is_broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """In the log, for somebody to see."""
        said: list[Any] = []
        monkeypatch.setattr(
            "fondaco.ledger.verify.find_loose_reference", lambda: "transfer x is odd"
        )
        monkeypatch.setattr(tasks.log, "error", lambda *words, **more: said.append((words, more)))
        tasks.check_references()
        assert said == [(("ledger.reference.broken",), {"difference": "transfer x is odd"})]
