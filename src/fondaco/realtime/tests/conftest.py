"""A realtime server for each test, and a herald that tells it of events."""

from collections.abc import Iterator

import pytest

from fondaco.realtime.tests.clients import Running, announcing, serving


@pytest.fixture
def running() -> Iterator[Running]:
    with serving() as server:
        yield server


@pytest.fixture
def announced() -> Iterator[None]:
    with announcing():
        yield
