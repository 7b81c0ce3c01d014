"""Shares: what was filled, what it cost and the fees are split to the last minor unit, whatever they are."""

from fractions import Fraction
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from fondaco.exchange.shares import Part, serve, share_out

sizes = st.lists(st.integers(1, 10**20), min_size=1, max_size=12)
signed = st.lists(st.integers(-(10**20), 10**20).filter(bool), min_size=1, max_size=12)


def parts_of(found: list[int]) -> list[Part]:
    return [Part(uuid4(), size) for size in found]


UNHURRIED = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
"""A busy machine is no defect."""


class TestShareOut:
    @UNHURRIED
    @given(
        signed,
        st.integers(-(10**21), 10**21).filter(bool),
        st.integers(0, 10**24),
        st.integers(0, 10**9),
    )
    def test_sums_to_fills_cost_and_fees_exactly(
        self, found: list[int], filled: int, size: int, fee: int
    ) -> None:
        cost = size if filled > 0 else -size
        shares = share_out(parts_of(found), filled=filled, cost=cost, fee=fee)
        assert sum(one.base for one in shares) == filled
        assert sum(one.cost for one in shares) == cost
        assert sum(one.fee for one in shares) == fee
        assert [one.base for one in shares[:-1]] == found
        assert all(one.fee >= 0 for one in shares)

    @UNHURRIED
    @given(sizes, st.integers(0, 10**6), st.integers(1, 10**24))
    def test_gives_each_order_its_part_of_the_cost_within_one_unit(
        self, found: list[int], more: int, cost: int
    ) -> None:
        filled = sum(found) + more
        shares = share_out(parts_of(found), filled=filled, cost=cost, fee=0)
        for size, share in zip(found, shares, strict=False):
            assert abs(share.cost - Fraction(size * cost, filled)) <= Fraction(1, 2)

    @UNHURRIED
    @given(signed)
    def test_of_what_met_within_the_house_go_at_the_mark(self, found: list[int]) -> None:
        whole = [*found, -sum(found)] if sum(found) else found
        shares = share_out(parts_of(whole), filled=0, cost=0, fee=0, mark=Fraction(7, 3))
        assert sum(one.base for one in shares) == sum(one.cost for one in shares) == 0
        assert shares[0].cost == round(Fraction(whole[0] * 7, 3))

    def test_demands_a_mark_when_nothing_was_filled(self) -> None:
        with pytest.raises(ValueError, match="price of its own"):
            share_out(parts_of([5]), filled=0, cost=0, fee=0)


class TestServe:
    @UNHURRIED
    @given(sizes, st.integers(0, 10**21))
    def test_serves_whole_orders_and_never_more_than_was_filled(
        self, found: list[int], filled: int
    ) -> None:
        parts = parts_of(found)
        served = serve(parts, filled)
        assert sum(part.base for part in served) <= filled
        assert set(served) <= set(parts)

    @UNHURRIED
    @given(sizes)
    def test_serves_all_when_enough_was_filled(self, found: list[int]) -> None:
        parts = parts_of(found)
        assert serve(parts, sum(found)) == parts

    def test_passes_over_one_that_is_too_large_for_what_is_left(self) -> None:
        first, second, third = parts_of([4, 9, 5])
        assert serve([first, second, third], 10) == [first, third]
