"""A browser that nobody has logged in with."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from fondaco.kit import options


@pytest.fixture
def client(tenant: Any) -> Iterator[Client]:
    """Let pages be asked for, with the check of where a form comes from as in earnest."""
    with options.override(default_tenant=tenant.name, rate_limits=False):
        yield Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
