"""The pure rules, against what is slow and plain: bands, places, canonical content."""

import hashlib
import json
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, strategies as st

from fondaco.kit.errors import InvalidField
from fondaco.money import Asset, Money
from fondaco.signing.bands import check, pick
from fondaco.signing.content import canonical, digest
from fondaco.signing.seats import can_fill
from fondaco.signing.types import Band, StageRule

USD = Asset("USD", 2)
RULE = (StageRule(group="a", required=1),)
PLACES = st.lists(st.frozensets(st.integers(0, 5), max_size=4), max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


def bands_at(*bounds: int) -> list[Band]:
    """Give bands that follow one another, the last one without an end."""
    ends = [*(Decimal(bound) for bound in bounds[1:]), None]
    return [
        Band(currency="USD", low=Decimal(low), high=high, stages=RULE)
        for low, high in zip(bounds, ends, strict=True)
    ]


class TestPick:
    @given(st.sets(st.integers(0, 1000), min_size=1, max_size=5), st.integers(1, 200_000))
    def test_gives_the_one_band_that_holds_the_amount(self, bounds: set[int], cents: int) -> None:
        bands = bands_at(*sorted(bounds))
        check(bands)
        amount = Decimal(cents) / 100
        below = [low for low in sorted(bounds) if low <= amount]
        found = pick(list(reversed(bands)), Money(cents, USD))
        assert (found.low if found else None) == (below[-1] if below else None)

    def test_lets_the_band_of_no_currency_speak_for_those_that_have_none(self) -> None:
        general = Band(stages=RULE)
        bands = [*bands_at(100), general]
        assert pick(bands, None) is general
        assert pick(bands, Money(1, Asset("EUR", 2))) is general
        assert pick(bands, Money(9_999, USD)) is None


class TestCheck:
    @given(st.integers(0, 9), st.integers(1, 9), st.integers(0, 9), st.integers(1, 9))
    def test_refuses_exactly_what_overlaps(
        self, low: int, size: int, other: int, more: int
    ) -> None:
        first, second = (range(low, low + size), range(other, other + more))
        bands = [
            Band(currency="USD", low=Decimal(r.start), high=Decimal(r.stop), stages=RULE)
            for r in (first, second)
        ]
        if set(first) & set(second):
            with pytest.raises(InvalidField):
                check(bands)
        else:
            check(bands)

    @pytest.mark.parametrize(
        "wrong",
        [
            [Band(currency="USD", low=Decimal(5), high=Decimal(5), stages=RULE)],
            [Band(low=Decimal(5), stages=RULE)],
            [Band(high=Decimal(5), stages=RULE)],
            [Band(stages=RULE), Band(stages=RULE)],
        ],
    )
    def test_refuses_bands_that_hold_nothing_or_have_no_currency(self, wrong: list[Band]) -> None:
        with pytest.raises(InvalidField):
            check(wrong)


class TestCanFill:
    @given(PLACES)
    def test_agrees_with_trying_everything(self, places: list[frozenset[int]]) -> None:
        tried = any(
            all(person in place for person, place in zip(order, places, strict=True))
            for order in permutations(range(6), len(places))
        )
        assert can_fill(places) is tried


class TestCanonical:
    @given(st.dictionaries(st.text(max_size=4), JSON, max_size=4))
    def test_says_the_same_whatever_the_order_of_names(self, content: dict[str, Any]) -> None:
        turned = dict(reversed(content.items()))
        assert canonical(turned) == canonical(content)
        assert json.loads(canonical(content)) == content

    @given(st.dictionaries(st.text(max_size=4), JSON, min_size=1, max_size=4), st.data())
    def test_has_another_digest_after_any_change(
        self, content: dict[str, Any], data: st.DataObject
    ) -> None:
        name = data.draw(st.sampled_from(sorted(content)))
        changed = {**content, name: [content[name]]}
        assert digest(changed) != digest(content)

    def test_is_what_anybody_can_compute(self) -> None:
        content = {"b": ["1.00", None, True], "a": {"é": 1}}
        text = '{"a":{"é":1},"b":["1.00",null,true]}'
        assert canonical(content) == text
        assert digest(content) == hashlib.sha256(text.encode()).hexdigest()

    @pytest.mark.parametrize("wrong", [{"a": 1.5}, {"a": [{"b": 0.0}]}, {1: "a"}, {"a": object()}])
    def test_refuses_what_has_no_one_form(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(TypeError):
            canonical(wrong)
