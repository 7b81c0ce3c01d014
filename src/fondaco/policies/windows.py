"""Calendar windows in the house's time zone."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Window(NamedTuple):
    """Name a window as counters have it, and when the next one begins."""

    name: str
    resets_at: datetime | None


def window_of(field: str, *, at: datetime, zone: ZoneInfo) -> Window:
    """Give the window of a limit such as ``day_max`` at an instant."""
    local = at.astimezone(zone)
    if field.startswith("day"):
        tomorrow = local.date() + timedelta(days=1)
        midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)
        return Window(local.date().isoformat(), midnight.astimezone(UTC))
    if field.startswith("month"):
        year, month = divmod(local.year * 12 + local.month, 12)
        first = datetime(year, month + 1, 1, tzinfo=zone)
        return Window(f"{local.year:04}-{local.month:02}", first.astimezone(UTC))
    return Window("ever", None)
