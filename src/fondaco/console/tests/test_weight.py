"""No page is heavy: what travels for a first view, and what is asked of the database, page by page."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from django.test import Client

from fondaco.console.tests.browsing import browsing
from fondaco.console.tests.staging import CAST
from fondaco.console.tests.walking import Weighed, names, pages, walk
from fondaco.kit.django import tenancy

BYTES_MAX: Final = 80_000
QUERIES_MAX: Final = 12
REACHED_MIN: Final = 0.75
"""Of all pages. Some show only what a test would have to make first, such as a signature that waits."""

Walks = Mapping[str, Mapping[str, Weighed]]


@pytest.fixture(scope="module")
def walks(_own_database: Any) -> Iterator[Walks]:
    """Walk once as each of those who use the console."""
    with tenancy.scope("alpha") as tenant, browsing(tenant.name):
        yield {kind: walk(enter().client) for kind, enter in CAST.items()}


@pytest.mark.parametrize("kind", list(CAST))
def test_a_first_view_travels_light(walks: Walks, kind: str) -> None:
    found = walks[kind].values()
    assert {one.path: one.bytes for one in found if one.bytes > BYTES_MAX} == {}


@pytest.mark.parametrize("kind", list(CAST))
def test_a_page_asks_the_database_little(walks: Walks, kind: str) -> None:
    found = walks[kind].values()
    heavy = (one for one in found if one.queries > QUERIES_MAX)
    assert {f"{one.name}: {one.path}": one.queries for one in heavy} == {}


def test_the_walks_come_to_most_pages(walks: Walks) -> None:
    with browsing("alpha"):
        known = set(pages(Client(SERVER_NAME="localhost")))
    reached = {name for found in walks.values() for name in found}
    assert len(reached & known) / len(known) >= REACHED_MIN, sorted(known - reached)
    assert {"merchant", "merchant-charge", "merchant-delivery", "invest", "invest-order"} <= reached
    assert known <= set(names())
