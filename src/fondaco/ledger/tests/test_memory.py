"""What a process remembers of accounts."""

import pytest

from fondaco.ledger import memory
from fondaco.ledger.lines import Position
from fondaco.ledger.memory import Memory


class TestMemory:
    """Positions between batches."""

    def test_gives_a_position_to_one_taker_only(self) -> None:
        """No two batches share one."""
        remembered = Memory()
        position = Position(7, 1, None)
        remembered.keep({7: position})
        assert remembered.take([7, 8]) == {7: position}
        assert remembered.take([7]) == {}

    def test_forgets_all_when_there_are_too_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Memory is bounded, whatever the number of accounts."""
        monkeypatch.setattr(memory, "POSITIONS_MAX", 2)
        remembered = Memory()
        for number in range(4):
            remembered.keep({number: Position(number, 1, None)})
        assert remembered.take(range(3)) == {}
        assert list(remembered.take([3])) == [3]

    def test_counts_accounts_as_contended_for_a_while(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """After that others are trusted to have gone."""
        remembered = Memory()
        assert not remembered.is_contended([1])
        remembered.contend([1, 2])
        assert remembered.is_contended([5, 2])
        assert not remembered.is_contended([5])
        monkeypatch.setattr("fondaco.ledger.memory.time.monotonic", lambda: 10.0**9)
        assert not remembered.is_contended([1])

    def test_rests_when_what_is_remembered_keeps_being_old(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each failure that soon follows another doubles the rest, and one that does not ends it."""
        now = 1000.0
        monkeypatch.setattr("fondaco.ledger.memory.time.monotonic", lambda: now)
        remembered = Memory()
        remembered.contend([1])
        for rest_s in (1, 2, 4):
            remembered.contend([1])
            assert remembered.is_contended([5])
            now += rest_s + 0.1
            assert not remembered.is_contended([5])
        for _ in range(memory.TRIES_MIN):
            assert not remembered.is_contended([5])
        remembered.contend([1])
        assert not remembered.is_contended([5])

    def test_is_kept_by_database_and_tenant(self) -> None:
        """And forgotten as a whole in a forked process."""
        one, other = memory.of("db", "t_a"), memory.of("db", "t_b")
        assert one is memory.of("db", "t_a")
        assert one is not other
        memory.forget()
        assert memory.of("db", "t_a") is not one
