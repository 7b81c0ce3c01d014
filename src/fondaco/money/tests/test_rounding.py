"""Division with a named rounding, against the definitions and against exact fractions."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext

import pytest
from hypothesis import given, strategies as st

from fondaco.money import Rounding, divide

ORACLE = {
    Rounding.DOWN: ROUND_DOWN,
    Rounding.UP: ROUND_UP,
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
}


class TestDivide:
    @pytest.mark.parametrize(
        ("numerator", "denominator", "down", "up", "half_up", "half_even"),
        [
            (6, 2, 3, 3, 3, 3),
            (7, 2, 3, 4, 4, 4),
            (5, 2, 2, 3, 3, 2),
            (-5, 2, -2, -3, -3, -2),
            (5, -2, -2, -3, -3, -2),
            (-5, -2, 2, 3, 3, 2),
            (4, 3, 1, 2, 1, 1),
            (5, 3, 1, 2, 2, 2),
            (-5, 3, -1, -2, -2, -2),
            (0, -7, 0, 0, 0, 0),
            (1, 1000, 0, 1, 0, 0),
        ],
    )
    def test_rounds_as_named(
        self, numerator: int, denominator: int, down: int, up: int, half_up: int, half_even: int
    ) -> None:
        results = [divide(numerator, denominator, rounding=rounding) for rounding in Rounding]
        assert results == [down, up, half_up, half_even]

    @given(
        st.integers(-(10**45), 10**45),
        st.integers(-(10**20), 10**20).filter(bool),
        st.sampled_from(Rounding),
    )
    def test_agrees_with_the_decimal_module(
        self, numerator: int, denominator: int, rounding: Rounding
    ) -> None:
        quotient, remainder = divmod(abs(numerator), abs(denominator))
        with localcontext() as context:
            context.prec = 200
            sign = 1 if (numerator < 0) == (denominator < 0) else -1
            exact = quotient + Decimal(remainder) / Decimal(abs(denominator))
            expected = sign * int(exact.quantize(Decimal(1), rounding=ORACLE[rounding]))
        assert divide(numerator, denominator, rounding=rounding) == expected

    @pytest.mark.parametrize("rounding", Rounding)
    def test_refuses_zero(self, rounding: Rounding) -> None:
        with pytest.raises(ZeroDivisionError):
            divide(1, 0, rounding=rounding)
