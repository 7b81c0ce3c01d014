"""Life cycles: only moves of the table."""

from enum import Enum

import pytest

from fondaco.kit.errors import Kind
from fondaco.kit.lifecycle import IllegalMove, Lifecycle


class Door(Enum):
    OPEN = "open"
    CLOSED = "closed"
    WALLED_UP = "walled up"


LIFE = Lifecycle(
    {
        Door.OPEN: {Door.CLOSED},
        Door.CLOSED: {Door.WALLED_UP, Door.OPEN},
        Door.WALLED_UP: set(),
    }
)


class TestLifecycle:
    def test_allows_the_moves_of_its_table_and_no_other(self) -> None:
        allowed = {(a, b) for a in Door for b in Door if LIFE.allows(a, b)}
        assert allowed == {
            (Door.OPEN, Door.CLOSED),
            (Door.CLOSED, Door.OPEN),
            (Door.CLOSED, Door.WALLED_UP),
        }

    def test_passes_silently_what_it_allows(self) -> None:
        LIFE.check(Door.OPEN, Door.CLOSED)

    @pytest.mark.parametrize("target", Door)
    def test_refuses_every_move_out_of_a_final_state(self, target: Door) -> None:
        with pytest.raises(IllegalMove) as refused:
            LIFE.check(Door.WALLED_UP, target)
        assert refused.value.facts == {"state": "walled up"}
        assert refused.value.kind is Kind.CONFLICT

    def test_knows_its_ends(self) -> None:
        assert LIFE.final == {Door.WALLED_UP}

    def test_draws_itself(self) -> None:
        assert LIFE.mermaid() == (
            "stateDiagram-v2\n"
            "    [*] --> open\n"
            "    open --> closed\n"
            "    closed --> open\n"
            "    closed --> walled up\n"
            "    walled up --> [*]\n"
        )

    def test_has_a_row_for_each_state(self) -> None:
        with pytest.raises(ValueError, match="WALLED_UP"):
            Lifecycle({Door.OPEN: {Door.CLOSED}, Door.CLOSED: set()})

    def test_has_at_least_one_state(self) -> None:
        with pytest.raises(ValueError, match="at least one"):
            Lifecycle({})
