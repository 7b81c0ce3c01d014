"""The clock, and how it is set."""

from datetime import UTC, date, datetime, timedelta

import pytest

from fondaco.kit import clock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class TestClock:
    def test_shows_the_present_in_utc(self) -> None:
        shown = clock.now()
        assert shown.tzinfo is UTC
        assert abs(datetime.now(UTC) - shown) < timedelta(seconds=5)

    def test_stands_still_within_the_block(self) -> None:
        with clock.set_to(NOON):
            assert (clock.now(), clock.now(), clock.today()) == (NOON, NOON, date(2026, 3, 1))
        assert clock.now() > NOON

    def test_is_read_from_a_function(self) -> None:
        ticks = iter([NOON, NOON + timedelta(seconds=1)])
        with clock.set_to(lambda: next(ticks)):
            assert clock.now() < clock.now()

    def test_goes_back_to_the_outer_setting_even_after_a_failure(self) -> None:
        with clock.set_to(NOON):
            with pytest.raises(ZeroDivisionError), clock.set_to(NOON + timedelta(days=1)):
                raise ZeroDivisionError
            assert clock.now() == NOON
