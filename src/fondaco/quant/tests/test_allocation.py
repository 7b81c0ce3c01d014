"""What cash buys: nothing is lost, nothing is overspent, and every amount is an integer."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from fondaco.quant.allocation import (
    PARTS,
    BadAllocation,
    Wish,
    allocate,
    cost_of,
    proceeds_of,
)

SHARE = 10**6
PRICES = st.decimals("0.000001", "0.5", places=8, allow_nan=False).filter(lambda price: price > 0)


def wish(parts: int, dollars: str, *, step: int = SHARE) -> Wish:
    """Wish for a share whose price is told in dollars."""
    return Wish(parts=parts, price=Decimal(dollars) * 100 / SHARE, step=step)


@st.composite
def wishes(draw: st.DrawFn) -> list[Wish]:
    """Make up to eight wishes that sum to the whole at most."""
    cuts = sorted(draw(st.lists(st.integers(0, PARTS), min_size=1, max_size=8)))
    widths = [high - low for low, high in zip([0, *cuts], cuts, strict=False)]
    steps = st.sampled_from([1, 1000, SHARE])
    return [Wish(parts=width, price=draw(PRICES), step=draw(steps)) for width in widths]


class TestAllocate:
    @given(st.integers(0, 10**8), wishes())
    def test_spends_and_leaves_the_cash_to_the_last_cent(
        self, cash: int, asked: list[Wish]
    ) -> None:
        found = allocate(cash, asked)
        assert sum(found.costs) + found.rest == cash
        assert found.rest >= 0
        for quantity, cost, each in zip(found.quantities, found.costs, asked, strict=True):
            assert quantity % each.step == 0
            assert cost == cost_of(quantity, each.price)

    def test_gives_single_steps_to_what_is_furthest_below_its_part(self) -> None:
        found = allocate(100_00, [wish(500_000, "30"), wish(500_000, "26")])
        assert [quantity // SHARE for quantity in found.quantities] == [1, 2]
        assert found.rest == 100_00 - 30_00 - 52_00

    def test_keeps_in_cash_what_is_not_wished_for(self) -> None:
        found = allocate(100_00, [wish(700_000, "1")])
        assert found.costs == (70_00,)
        assert found.rest == 30_00

    def test_buys_fractions_to_the_cent(self) -> None:
        found = allocate(100_00, [wish(333_333, "87.50", step=1), wish(666_667, "13.07", step=1)])
        assert found.rest <= 1
        assert found.quantities[0] == 380_914

    def test_buys_nothing_that_costs_more_than_there_is(self) -> None:
        found = allocate(50_00, [wish(PARTS, "87.50")])
        assert found.quantities == (0,)
        assert found.rest == 50_00

    @pytest.mark.parametrize(
        ("cash", "asked"),
        [
            (-1, [wish(PARTS, "1")]),
            (1, [wish(PARTS, "1"), wish(1, "1")]),
            (1, [wish(PARTS, "0")]),
            (1, [wish(PARTS, "-1")]),
            (1, [wish(PARTS, "1", step=0)]),
            (1, [wish(-1, "1")]),
        ],
    )
    def test_refuses_what_makes_no_sense(self, cash: int, asked: list[Wish]) -> None:
        with pytest.raises(BadAllocation):
            allocate(cash, asked)


class TestPrices:
    @given(st.integers(1, 10**12), PRICES)
    def test_let_nobody_gain_by_buying_and_selling_at_once(
        self, quantity: int, price: Decimal
    ) -> None:
        assert 0 <= cost_of(quantity, price) - proceeds_of(quantity, price) <= 1
