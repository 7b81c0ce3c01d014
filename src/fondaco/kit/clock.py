"""The one place that reads the wall clock, so that tests and simulations can set it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime

_source: ContextVar[Callable[[], datetime] | None] = ContextVar("fondaco_clock", default=None)


def now() -> datetime:
    """Give the present instant in UTC."""
    source = _source.get()
    return source() if source is not None else datetime.now(UTC)


def today() -> date:
    """Give the present date in UTC."""
    return now().date()


@contextmanager
def set_to(source: datetime | Callable[[], datetime]) -> Iterator[None]:
    """Stop the clock at an instant, or read it from a function, within the block."""
    reader = source if callable(source) else lambda: source
    token = _source.set(reader)
    try:
        yield
    finally:
        _source.reset(token)
