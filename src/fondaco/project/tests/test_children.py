"""A child that dies: started again at once, then after pauses, and never given up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fondaco.project import children
from fondaco.project.children import PAUSE_S_MAX, RESTART_WINDOW_S, RESTARTS_AT_ONCE, Child


class Clock:
    """Stand for the monotonic clock."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(children, "time", made)
    return made


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    """Give a child that dies at once: no such command."""
    made = Child("stranger", ("--no-such-option",), tmp_path / "stranger.log")
    yield made
    if made.process is not None:
        made.process.wait()


class TestChild:
    def test_is_started_again_at_once_then_after_pauses_and_never_given_up(
        self, child: Child, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        started: list[float] = []
        monkeypatch.setattr(Child, "start", self._note(started, clock))
        pauses = []
        for _ in range(RESTARTS_AT_ONCE + 8):
            died_at = clock.now
            while not child.revive():
                clock.now += 0.125
            pauses.append(started[-1] - died_at)
        assert pauses[:RESTARTS_AT_ONCE] == [0] * RESTARTS_AT_ONCE
        assert pauses[RESTARTS_AT_ONCE : RESTARTS_AT_ONCE + 6] == [0.5, 1, 2, 4, 8, PAUSE_S_MAX]
        clock.now += RESTART_WINDOW_S
        assert child.revive()

    def test_that_dies_again_is_started_again(self, child: Child) -> None:
        for _ in range(2):
            child.start()
            assert child.process is not None
            child.process.wait()
            before = child.process.pid
            assert not child.is_running()
            assert child.revive()
            assert child.process.pid != before
            child.process.wait()

    def _note(self, started: list[float], clock: Clock) -> object:
        def start(child: Child) -> None:
            started.append(clock.now)
            child._is_mourned = False

        return start
