"""One table of moves per life cycle, and the refusal of any other move."""

from collections.abc import Mapping, Set as AbstractSet
from enum import Enum
from typing import Generic, TypeVar

from fondaco.kit.errors import DomainError, Kind

State = TypeVar("State", bound=Enum)


class IllegalMove(DomainError):
    """Say that the thing's state does not allow the move."""

    code = "illegal_move"
    kind = Kind.CONFLICT
    title = "The state does not allow this."


class Lifecycle(Generic[State]):
    """Hold the table of moves of one kind of thing: state → states that may follow.

    :raises ValueError: the table is empty, or a member of the states' enumeration has no row
    """

    def __init__(self, moves: Mapping[State, AbstractSet[State]]) -> None:
        """Keep the table, which has a row for each state."""
        if not moves:
            raise ValueError("a life has at least one state")
        self._moves = {state: frozenset(targets) for state, targets in moves.items()}
        missing = set(type(next(iter(self._moves)))) - set(self._moves)
        if missing:
            raise ValueError(f"states without a row of moves: {sorted(m.name for m in missing)}")

    def allows(self, current: State, target: State) -> bool:
        """Tell whether the move is in the table."""
        return target in self._moves[current]

    def check(self, current: State, target: State) -> None:
        """Pass silently when the move is in the table.

        :raises IllegalMove: it is not
        """
        if not self.allows(current, target):
            raise IllegalMove(
                f"What is {current.value} cannot become {target.value}.",
                facts={"state": current.value},
            )

    @property
    def final(self) -> frozenset[State]:
        """Give the states that nothing follows."""
        return frozenset(state for state, targets in self._moves.items() if not targets)

    def mermaid(self) -> str:
        """Draw the table as a Mermaid state diagram, in the order of its rows."""
        order = list(self._moves)
        lines = ["stateDiagram-v2", f"    [*] --> {order[0].value}"]
        for state in order:
            following = sorted(self._moves[state], key=order.index)
            lines += [f"    {state.value} --> {target.value}" for target in following]
            lines += [] if following else [f"    {state.value} --> [*]"]
        return "\n".join(lines) + "\n"
