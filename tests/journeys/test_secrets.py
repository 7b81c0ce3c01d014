"""No secret that a customer sent or got is kept in clear: not in any column, log line, metric or trace."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest
import structlog
from django.db import connection
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from rich.console import Console

from fondaco.credentials import factors, posting
from fondaco.kit import clock
from fondaco.kit.django import logs, metrics, tenancy, traces
from fondaco.kit.django.models.deliveries import Delivery
from fondaco.kit.django.telemetry import OpenTelemetryTracer
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.kit.options import override
from fondaco.project.wsgi import application
from tests.plumbing.api import ApiClient
from tools import tour
from tools.guide import Guide

SECRET_NAMES: Final = {
    "password",
    "access_token",
    "refresh_token",
    "token",
    "wallet",
    "card_number",
    "handle",
    "secret",
    "recovery_codes",
    "ticket",
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


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    kept = InMemorySpanExporter()
    traces.install(OpenTelemetryTracer(process="test", processor=SimpleSpanProcessor(kept)))
    yield kept
    traces.uninstall()


def told_by(spans: InMemorySpanExporter) -> str:
    """Give all that a collector would get."""
    return "\n".join(span.to_json() for span in spans.get_finished_spans())


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
        self,
        fresh_tenant: Callable[[], TenantScope],
        log: io.StringIO,
        spans: InMemorySpanExporter,
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
        places["traces"] = told_by(spans)
        assert "POST api/v1/charges" in places["traces"]
        with tenancy.scope(tenant):
            for schema in (tenant.schema, "public"):
                for table, column in readable_columns(schema):
                    places[f"{schema}.{table}.{column}"] = contents(schema, table, column)
        assert any("kit_event.data" in name and text for name, text in places.items())
        leaks = {
            name for name, text in places.items() for secret in listener.secrets if secret in text
        }
        assert leaks == set()


class Mail:
    """Reads what waits in the outbox of the present tenant."""

    def newest(self, recipient: str) -> str:
        """Give the text of the newest message to an address."""
        rows = Delivery.objects.filter(content__isnull=False).order_by("-id")
        return next(
            str(row.content["text"])
            for row in rows
            if row.content and row.content["recipient"] == recipient
        )

    def code(self, recipient: str) -> str:
        """Give the six digits."""
        found = re.match(r"[0-9]{6}", self.newest(recipient))
        assert found
        return found[0]

    def token(self, recipient: str) -> str:
        """Give the link's token."""
        found = re.search(r"flk_[\w-]+", self.newest(recipient))
        assert found
        return found[0]


def live_by_codes_and_links(api: ApiClient) -> set[str]:
    """Register, prove, log in by a code, set an authenticator up, forget the password; give the secrets."""
    mail, email = Mail(), f"p{uuid4().hex[:12]}@example.com"
    first, second = "walnut-copper-olive-lantern", "saffron-galley-topaz-cedar"
    secrets = {first, second, email}
    with override(registration="verified"):
        api.post("/auth/register", {"kind": "client", "email": email, "password": first})
    run("post_registration")
    secrets.add(link := mail.token(email))
    token = api.post("/auth/register/confirm", {"token": link}).json()["access_token"]
    handle = api.post("/auth/login-code", {"identifier": email}).json()["handle"]
    run("post_code")
    secrets |= {handle, code := mail.code(email)}
    answer = api.post("/auth/login-code/confirm", {"handle": handle, "code": code})
    assert answer.status_code == 200
    seed = api.post("/me/mfa", token=token).json()["secret"]
    code = factors.code_at(seed, int(clock.now().timestamp()) // 30)
    codes = api.post("/me/mfa/verify", {"code": code}, token=token).json()["recovery_codes"]
    secrets |= {seed, code, *codes}
    api.post("/auth/password-reset", {"identifier": email})
    run("post_reset")
    secrets.add(link := mail.token(email))
    body = {"token": link, "password": second}
    assert api.post("/auth/password-reset/confirm", body).status_code == 204
    refused = api.post("/auth/login", {"identifier": email, "password": second}).json()
    secrets.add(refused["handle"])
    return secrets


def run(job: str) -> None:
    """Do the newest job of a name as a worker would, for the present tenant."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args FROM public.procrastinate_jobs WHERE task_name = %s ORDER BY id DESC LIMIT 1",
            [f"credentials.{job}"],
        )
        (arguments,) = cursor.fetchone()
    found = arguments if isinstance(arguments, dict) else json.loads(arguments)
    with traces.job(f"credentials.{job}", queue="messages", tenant=tenancy.current().name):
        getattr(posting, job)(challenge_id=found["challenge_id"])


class TestCodesAndLinks:
    def test_stand_in_no_event_audit_row_job_log_line_trace_or_column(
        self,
        fresh_tenant: Callable[[], TenantScope],
        log: io.StringIO,
        spans: InMemorySpanExporter,
    ) -> None:
        tenant = fresh_tenant()
        with tenancy.scope(tenant):
            secrets = live_by_codes_and_links(ApiClient(f"{tenant.name.replace('_', '-')}.test"))
            places = {"logs": log.getvalue(), "traces": told_by(spans)}
            assert "POST api/v1/auth/login-code/confirm" in places["traces"]
            assert "job credentials.post_code" in places["traces"]
            for schema in (tenant.schema, "public"):
                for table, column in readable_columns(schema):
                    places[f"{table}.{column}"] = contents(schema, table, column)
        del places["identity_user.email"]
        assert len(secrets) >= 18
        # A code is looked for as a word of its own: its digits may stand in any identifier or time.
        patterns = [re.compile(rf"(?<![\w.]){re.escape(secret)}(?!\w)") for secret in secrets]
        leaks = {
            name for name, text in places.items() for pattern in patterns if pattern.search(text)
        }
        assert leaks == set()
