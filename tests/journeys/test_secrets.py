"""No secret that a customer sent or got is kept in clear: not in any column, log line or metric."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import pytest
import structlog
from django.db import connection
from rich.console import Console

from fondaco.kit.django import logs, metrics, tenancy
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.project.wsgi import application
from tools import tour
from tools.guide import Guide

SECRET_NAMES: Final = {
    "password",
    "access_token",
    "refresh_token",
    "token",
    "wallet",
    "card_number",
}
LENGTH_MIN: Final = 12
"""Shorter values, such as names of fields, would be found everywhere."""


@dataclass
class Listener(httpx.BaseTransport):
    """Note every secret that goes over the wire, either way."""

    secrets: set[str] = field(default_factory=set)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = httpx.WSGITransport(app=application).handle_request(request)
        self._note(request.read())
        self._note(answer.read())
        return answer

    def _note(self, body: bytes) -> None:
        try:
            told = json.loads(body)
        except ValueError:
            return
        self.secrets |= {one for one in found_in(told) if len(one) >= LENGTH_MIN}


def found_in(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for member, inner in value.items():
            yield from found_in(inner, member)
    elif isinstance(value, list):
        for inner in value:
            yield from found_in(inner, name)
    elif isinstance(value, str) and name in SECRET_NAMES and not value.startswith("wal_"):
        yield value


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure(level="debug", form="json", stream=stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def readable_columns(schema: str) -> list[tuple[str, str]]:
    """List all columns of a schema that hold text or bytes."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT table_name, column_name FROM information_schema.columns
            WHERE table_schema = %s
              AND data_type IN ('text', 'character varying', 'json', 'jsonb', 'ARRAY', 'bytea')
            ORDER BY 1, 2
            """,
            [schema],
        )
        return [(table, column) for table, column in cursor.fetchall()]


def contents(schema: str, table: str, column: str) -> str:
    """Give all that a column holds; bytes come as what they spell, where they spell anything."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM "{schema}"."{table}" WHERE "{column}" IS NOT NULL')
        return "\n".join(
            bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
            for (value,) in cursor.fetchall()
        )


class TestSecrets:
    def test_stand_nowhere_in_clear(
        self, fresh_tenant: Callable[[], TenantScope], log: io.StringIO
    ) -> None:
        tenant = fresh_tenant()
        listener = Listener()
        origin = f"http://{tenant.name.replace('_', '-')}.test"
        guide = Guide(origin, Console(file=io.StringIO()), listener)
        tour.walk(guide)
        assert len(listener.secrets) >= 10
        assert any(secret.startswith("wt_") for secret in listener.secrets)
        assert any(secret.startswith("eyJ") for secret in listener.secrets)

        places = {"logs": log.getvalue(), "metrics": metrics.exposition().decode()}
        with tenancy.scope(tenant):
            for schema in (tenant.schema, "public"):
                for table, column in readable_columns(schema):
                    places[f"{schema}.{table}.{column}"] = contents(schema, table, column)
        assert any("kit_event.data" in name and text for name, text in places.items())
        leaks = {
            name for name, text in places.items() for secret in listener.secrets if secret in text
        }
        assert leaks == set()
