"""One tenant for the tests of policies: rules of many and stops would reach other tests elsewhere."""

from collections.abc import Iterator
from typing import Any

import pytest

from fondaco.policies.tests.cast import made_house


@pytest.fixture(autouse=True)
def house() -> Iterator[Any]:
    """Work in the tenant of these tests; each test leaves no rule of many, no stop and no setting in it."""
    with made_house() as scope:
        yield scope
