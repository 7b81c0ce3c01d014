"""Move a thing from state to state, and write down each move in the same transaction."""

from datetime import datetime
from enum import Enum
from typing import TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django.models.histories import StateChange
from fondaco.kit.lifecycle import IllegalMove, Lifecycle

State = TypeVar("State", bound=Enum)


def move(
    thing: Model,
    *,
    to: State,
    life: Lifecycle[State],
    history: type[StateChange],
    by: Actor,
    at: datetime | None = None,
    note: str = "",
) -> None:
    """Move a thing, whose column ``state`` holds the state's value, and add a row to its history.

    :param history: the thing's subclass of ``StateChange``, with a foreign key ``subject`` to it
    :raises IllegalMove: the table has no such move, or somebody else has moved the thing meanwhile
    """
    before = type(to)(thing.state)  # type: ignore[attr-defined] # whatever is moved has this column
    life.check(before, to)
    with transaction.atomic():
        rows: QuerySet[Model] = QuerySet(type(thing)).filter(pk=thing.pk, state=before.value)
        moved = rows.update(state=to.value)
        if not moved:
            raise IllegalMove("Somebody else has changed this meanwhile.")
        record(
            thing,
            state_from=before.value,
            state_to=to.value,
            history=history,
            by=by,
            at=at,
            note=note,
        )
    thing.state = to  # type: ignore[attr-defined] # whatever is moved has this column


def record(
    thing: Model,
    *,
    state_to: str,
    history: type[StateChange],
    by: Actor,
    state_from: str = "",
    at: datetime | None = None,
    note: str = "",
) -> None:
    """Add a row to a thing's history: its beginning, unless ``state_from`` is given."""
    QuerySet(history).create(
        subject=thing,
        state_from=state_from,
        state_to=state_to,
        at=at or clock.now(),
        by=str(by),
        note=note,
    )
