"""Traces: names of ours and numbers, and nothing of what was said."""

from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from fondaco.kit.django import traces
from fondaco.kit.django.telemetry import OpenTelemetryTracer
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    kept = InMemorySpanExporter()
    traces.install(OpenTelemetryTracer(process="test", processor=SimpleSpanProcessor(kept)))
    yield kept
    traces.uninstall()


def named(spans: InMemorySpanExporter, name: str) -> ReadableSpan:
    return next(span for span in spans.get_finished_spans() if span.name == name)


def attributes(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


class TestARequest:
    def test_is_a_span_by_its_route_with_a_span_for_each_statement(
        self, api: ApiClient, spans: InMemorySpanExporter
    ) -> None:
        body = {"identifier": "nobody@example.com", "password": "a secret of somebody"}
        headers = {"traceparent": "00-11111111111111111111111111111111-2222222222222222-01"}
        answer = api.post("/auth/login?card=4242", body, headers=headers)
        request = named(spans, "POST api/v1/auth/login")
        assert attributes(request) == {
            "http.request.method": "POST",
            "http.route": "api/v1/auth/login",
            "http.response.status_code": answer.status_code,
            "fondaco.request_id": answer.headers["X-Request-Id"],
        }
        assert request.parent is None
        told = "".join(span.to_json() for span in spans.get_finished_spans())
        for said in ("nobody@example.com", "a secret", "4242", "1" * 32):
            assert said not in told

    def test_of_an_unknown_path_shows_no_path(
        self, api: ApiClient, spans: InMemorySpanExporter
    ) -> None:
        assert api.get("/wallets-of/wt_a_token").status_code == 404
        assert "wt_a_token" not in "".join(span.to_json() for span in spans.get_finished_spans())

    def test_is_none_while_nothing_is_installed(self, api: ApiClient) -> None:
        kept = InMemorySpanExporter()
        traces.install(OpenTelemetryTracer(process="test", processor=SimpleSpanProcessor(kept)))
        traces.uninstall()
        api.get("/ledger/keys")
        assert kept.get_finished_spans() == ()


class TestAJob:
    def test_is_a_span_by_its_name_with_its_statements(self, spans: InMemorySpanExporter) -> None:
        with (
            traces.job("wallets.pay", queue="wallets", tenant="alpha"),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT %s::text", ["a secret of somebody"])
        span, statement = named(spans, "job wallets.pay"), named(spans, "SELECT")
        assert attributes(span) == {"fondaco.queue": "wallets", "fondaco.tenant": "alpha"}
        assert attributes(statement) == {
            "db.system.name": "postgresql",
            "fondaco.tenant": "alpha",
        }
        assert statement.parent is not None
        assert statement.parent.span_id == span.get_span_context().span_id  # type: ignore[union-attr] # it has one

    def test_that_fails_tells_the_errors_class_and_not_what_it_says(
        self, spans: InMemorySpanExporter
    ) -> None:
        with (
            pytest.raises(DatabaseError),
            traces.job("wallets.pay", queue="wallets", tenant="alpha"),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT %s::int", ["a secret of somebody"])
        told = "".join(span.to_json() for span in spans.get_finished_spans())
        assert attributes(named(spans, "job wallets.pay"))["error.type"] == "DataError"
        assert named(spans, "job wallets.pay").status.is_ok is False
        assert "a secret" not in told
