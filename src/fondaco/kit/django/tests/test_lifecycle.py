"""Moves: only those of the table, each with a row of history, and never over a move of somebody else."""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import pytest
from django.db import connections, models
from django.db.models import QuerySet
from django.test.utils import isolate_apps

from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import lifecycle
from fondaco.kit.django.models import StateChange
from fondaco.kit.lifecycle import IllegalMove, Lifecycle

AT: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class State(StrEnum):
    """States of a door."""

    OPEN = "open"
    CLOSED = "closed"
    GONE = "gone"


LIFE: Final = Lifecycle(
    {
        State.OPEN: {State.CLOSED, State.GONE},
        State.CLOSED: {State.OPEN, State.GONE},
        State.GONE: set(),
    }
)

with isolate_apps("fondaco.kit.django"):

    class Door(models.Model):
        """A thing with a state."""

        state = models.CharField(max_length=10)

        class Meta:
            app_label = "kit"

        def __str__(self) -> str:
            return self.state

    class DoorChange(StateChange):
        """Its history."""

        subject = models.ForeignKey(Door, on_delete=models.CASCADE)

        class Meta:
            app_label = "kit"


@pytest.fixture
def door(own: Any) -> Iterator[Door]:
    """Have a door that is open."""
    with connections["owner"].schema_editor() as editor:
        editor.create_model(Door)
        editor.create_model(DoorChange)
    yield QuerySet(Door).create(state=State.OPEN)
    with connections["owner"].schema_editor() as editor:
        editor.delete_model(DoorChange)
        editor.delete_model(Door)


def _move(door: Door, to: State, **more: Any) -> None:
    lifecycle.move(door, to=to, life=LIFE, history=DoorChange, by=SYSTEM, **more)


def _again(door: Door) -> Door:
    doors: QuerySet[Door] = QuerySet(Door)
    return doors.get(pk=door.pk)


def _history() -> list[tuple[str, str, str, str]]:
    rows: QuerySet[DoorChange] = QuerySet(DoorChange).order_by("id")
    return [(row.state_from, row.state_to, row.by, row.note) for row in rows]


class TestMove:
    """A move."""

    def test_changes_the_state_and_adds_to_the_history(self, door: Door) -> None:
        lifecycle.record(door, state_to=State.OPEN, history=DoorChange, by=SYSTEM)
        with clock.set_to(AT):
            _move(door, State.CLOSED, note="night")
        assert (_again(door).state, door.state) == ("closed", State.CLOSED)
        assert _history() == [
            ("", "open", "system:fondaco", ""),
            ("open", "closed", "system:fondaco", "night"),
        ]
        changes: QuerySet[DoorChange] = QuerySet(DoorChange)
        assert changes.latest("id").at == AT

    def test_is_refused_when_the_table_lacks_it(self, door: Door) -> None:
        _move(door, State.GONE)
        with pytest.raises(IllegalMove):
            _move(door, State.OPEN)
        assert (_again(door).state, len(_history())) == ("gone", 1)

    def test_is_refused_over_a_move_that_it_has_not_seen(self, door: Door) -> None:
        stale = _again(door)
        _move(door, State.CLOSED)
        with pytest.raises(IllegalMove, match="meanwhile"):
            _move(stale, State.GONE)
        assert (_again(door).state, len(_history())) == ("closed", 1)
