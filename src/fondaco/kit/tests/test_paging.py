"""Cursors and pages."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from fondaco.kit.paging import Cursor, InvalidCursor, Page, page
from fondaco.kit.tests.rows import ROWS, Row


def key(row: Row) -> Cursor:
    return Cursor(row.at, row.id)


class TestCursor:
    @given(st.datetimes(timezones=st.just(UTC)), st.uuids())
    def test_gives_back_what_was_written(self, at: datetime, value: UUID) -> None:
        cursor = Cursor(at, value)
        assert Cursor.decode(cursor.encode()) == cursor
        assert len(cursor.encode()) == 32

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "x",
            "A" * 31,
            "A" * 36,
            "é" * 32,
            "\ud800" * 32,
            "A" * 31 + "=",
            "+" * 32,
            "-" * 32,
            "A" * 31 + "\n",
        ],
    )
    def test_refuses_everything_else(self, text: str) -> None:
        with pytest.raises(InvalidCursor) as refused:
            Cursor.decode(text)
        assert refused.value.field == "cursor"

    @given(st.text(max_size=40) | st.text("AZaz09-_=", min_size=32, max_size=32))
    def test_reads_or_refuses_any_text(self, text: str) -> None:
        try:
            cursor = Cursor.decode(text)
        except InvalidCursor:
            return
        assert cursor.encode() == text


class TestPage:
    def test_ends_where_no_further_row_was_read(self) -> None:
        for count in (0, 4, 5):
            assert page(ROWS[:count], limit=5, key=key) == Page(ROWS[:count], None)

    def test_names_its_last_row_when_more_follow(self) -> None:
        made = page(ROWS[:6], limit=5, key=key)
        assert made.items == ROWS[:5]
        assert made.next is not None
        assert Cursor.decode(made.next) == key(ROWS[4])
