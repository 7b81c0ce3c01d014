"""A tenant for tests that count every event."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import schemas
from fondaco.kit.django.tenancy.context import TenantScope


@pytest.fixture(scope="session")
def quiet_tenant() -> TenantScope:
    """Make a tenant in which nobody but the tests of ``own`` works."""
    return schemas.create_tenant(name=f"quiet_{uuid4().hex[:12]}", mode="demo").scope


@pytest.fixture
def own(
    quiet_tenant: TenantScope, owner_connection: "psycopg.Connection[Any]"
) -> Iterator[TenantScope]:
    """Work in a tenant in which nothing has happened yet."""
    tables = ", ".join(
        f"{quiet_tenant.schema}.{table}"
        for table in ("kit_event", "kit_event_reader", "kit_event_horizon")
    )
    owner_connection.execute(f"DROP TABLE IF EXISTS {quiet_tenant.schema}.kit_event_202001")
    owner_connection.execute(f"TRUNCATE {tables} RESTART IDENTITY")
    with tenancy.scope(quiet_tenant):
        yield quiet_tenant
