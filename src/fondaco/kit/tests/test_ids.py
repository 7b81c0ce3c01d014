"""Identifiers: ordered in time, unique among threads, and the same after a journey over the wire."""

import threading
import time
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from fondaco.kit import ids
from fondaco.kit.ids import InvalidId, decode, encode, uuid7, uuid7s


class TestUuid7:
    def test_has_its_version_and_variant(self) -> None:
        made = uuid7()
        assert (made.version, made.variant) == (7, "specified in RFC 4122")

    def test_carries_the_millisecond(self) -> None:
        before = time.time_ns() // 1_000_000
        made = uuid7()
        after = time.time_ns() // 1_000_000
        assert before <= made.int >> 80 <= after + 1

    def test_grows_with_each_one(self) -> None:
        made = [uuid7() for _ in range(20_000)]
        assert made == sorted(set(made))

    def test_grows_when_the_clock_stands_still_or_runs_back(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        began_ms = time.time_ns() // 1_000_000 + 10_000
        monkeypatch.setattr(ids, "_last", 0)
        monkeypatch.setattr(time, "time_ns", lambda: began_ms * 1_000_000)
        made = [uuid7() for _ in range(5000)]
        assert made == sorted(set(made))
        assert made[0].int >> 80 == began_ms
        assert made[4095].int >> 80 == began_ms
        assert made[4096].int >> 80 == began_ms + 1
        monkeypatch.setattr(time, "time_ns", lambda: (began_ms - 60_000) * 1_000_000)
        assert uuid7() > made[-1]

    def test_is_unique_and_grows_within_each_of_many_threads(self) -> None:
        found: list[list[UUID]] = []
        start = threading.Barrier(8)

        def make() -> None:
            start.wait()
            found.append([uuid7() for _ in range(2000)])

        threads = [threading.Thread(target=make) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(made == sorted(made) for made in found)
        assert len({one for made in found for one in made}) == 16_000


class TestUuid7s:
    @pytest.mark.parametrize("many", [1, 63, 64, 10_000])
    def test_are_as_if_made_one_by_one(self, many: int) -> None:
        before = uuid7()
        made = uuid7s(many)
        after = uuid7()
        assert made == sorted(set(made))
        assert len(made) == many
        assert before < made[0]
        assert made[-1] < after
        assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}

    def test_are_drawn_each_by_itself(self) -> None:
        """The 62 bits of the lower half are random."""
        lows = [one.int & (1 << 62) - 1 for one in uuid7s(1_000)]
        assert len(set(lows)) == 1_000
        assert max(lows) > 1 << 61
        assert min(lows) < 1 << 61

    def test_may_be_none(self) -> None:
        before = uuid7()
        assert uuid7s(0) == []
        assert uuid7() > before


class TestWire:
    @given(st.uuids(), st.from_regex(r"[a-z]{2,5}(_[a-z]{2,5})?", fullmatch=True))
    def test_gives_back_what_was_written(self, value: UUID, prefix: str) -> None:
        text = encode(prefix, value)
        assert decode(prefix, text) == value
        assert len(text) == len(prefix) + 27

    @given(st.lists(st.uuids(), min_size=2, max_size=10))
    def test_keeps_the_order(self, values: list[UUID]) -> None:
        written = [encode("ord", value) for value in values]
        assert sorted(written) == [encode("ord", value) for value in sorted(values)]

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "_",
            "ord",
            "ord_",
            "0" * 26,
            "wal_" + "0" * 26,
            "ord_" + "0" * 25,
            "ord_" + "0" * 27,
            "ord-" + "0" * 26,
            "ORD_" + "0" * 26,
            "ord_" + "A" * 26,
            "ord_" + "i" * 26,
            "ord_" + "l" * 26,
            "ord_" + "o" * 26,
            "ord_" + "u" * 26,
            "ord_" + "z" * 26,
            "ord_8" + "0" * 25,
            "ord_" + "٠" * 26,
            " ord_" + "0" * 26,
            "ord_" + "0" * 26 + "\n",
            "ord__" + "0" * 26,
        ],
    )
    def test_refuses_everything_else(self, text: str) -> None:
        with pytest.raises(InvalidId):
            decode("ord", text)

    def test_reads_the_largest(self) -> None:
        assert decode("ord", "ord_7" + "z" * 25) == UUID(int=2**128 - 1)

    @given(st.text(max_size=40))
    def test_reads_or_refuses_any_text(self, text: str) -> None:
        try:
            value = decode("ord", text)
        except InvalidId:
            return
        assert encode("ord", value) == text


class TestRandomHex:
    def test_has_24_digits_and_does_not_come_twice(self) -> None:
        made = [ids.random_hex() for _ in range(2000)]
        assert {len(one) for one in made} == {24}
        assert len(set(made)) == len(made)
        assert all(set(one) <= set("0123456789abcdef") for one in made)

    def test_varies_in_each_digit(self) -> None:
        made = [ids.random_hex() for _ in range(2000)]
        assert [len({one[place] for one in made}) for place in range(24)] == [16] * 24
