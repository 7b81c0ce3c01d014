"""A running sandbox with a receiver, which webhooks may reach though it is on this machine."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from fondaco.identity.tests.people import make_company
from fondaco.kit import options
from fondaco.webhooks.tests.cast import Box, new_box
from tests.plumbing.serving import receiver


@pytest.fixture(scope="package")
def origin() -> Iterator[str]:
    with receiver() as address:
        yield address


@pytest.fixture
def box(origin: str, tenant: object) -> Iterator[Box]:
    with options.override(webhook_allowed_networks="127.0.0.0/8"):
        yield new_box(origin)


@pytest.fixture
def customer(tenant: object) -> UUID:
    return make_company().customer.id
