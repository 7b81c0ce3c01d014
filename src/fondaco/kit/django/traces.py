"""Spans of requests, jobs and statements for OpenTelemetry; off unless a process installs a tracer.

An attribute is a name of ours, a number or an identifier: the template of a route and never its path, the
verb of a statement and never its text, a job's name and never its arguments. So no secret can be in a trace.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, Protocol

from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from fondaco.kit.django.metrics import route_of
from fondaco.kit.django.tenancy import context

SERVER_ERROR: Final = 500
_VERBS: Final = frozenset(
    {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "SAVEPOINT", "RELEASE", "ROLLBACK", "COPY"}
)


class Span(Protocol):
    """Take what is known only later."""

    def name(self, name: str) -> None:
        """Call the span by another name."""

    def tell(self, name: str, value: str | int) -> None:
        """Add an attribute."""

    def fail(self, kind: str) -> None:
        """Mark the span as failed, with the error's class alone."""


class Tracer(Protocol):
    """Open spans; the one that is open is the parent of the next."""

    def span(self, name: str, *, is_request: bool = False) -> AbstractContextManager[Span]:
        """Have a span open within the block."""


_tracers: list[Tracer] = []
"""None or one; a list, so that a test can take it away again."""


def install(tracer: Tracer) -> None:
    """Have this process trace from now on."""
    _tracers[:] = [tracer]


def uninstall() -> None:
    """Have this process trace no longer."""
    _tracers.clear()


class TracesMiddleware:
    """Open a span for each request and for each statement in it, where a tracer is installed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep what is further in."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        if not _tracers:
            return self._get_response(request)
        method = request.method or "OTHER"
        with (
            _tracers[0].span(method, is_request=True) as span,
            connection.execute_wrapper(_statement),
        ):
            response = self._get_response(request)
            route = route_of(request)
            span.name(f"{method} {route}")
            span.tell("http.request.method", method)
            span.tell("http.route", route)
            span.tell("http.response.status_code", response.status_code)
            span.tell("fondaco.request_id", response.headers.get("X-Request-Id", ""))
            if response.status_code >= SERVER_ERROR:
                span.fail(str(response.status_code))
        return response


@contextmanager
def job(name: str, *, queue: str, tenant: str) -> Iterator[None]:
    """Open a span for one run of a job, where a tracer is installed."""
    if not _tracers:
        yield
        return
    with _tracers[0].span(f"job {name}") as span, connection.execute_wrapper(_statement):
        span.tell("fondaco.queue", queue)
        span.tell("fondaco.tenant", tenant)
        try:
            yield
        except BaseException as error:
            span.fail(type(error).__name__)
            raise


def _statement(
    execute: Callable[..., Any],
    sql: str,
    params: Any,
    many: bool,  # noqa: FBT001 - Django's signature
    told: Any,
) -> Any:
    verb = str(sql).split(None, 1)[0].upper() if sql else ""
    tenant = context.find_current()
    with _tracers[0].span(verb if verb in _VERBS else "statement") as span:
        span.tell("db.system.name", "postgresql")
        span.tell("fondaco.tenant", tenant.name if tenant else "")
        try:
            return execute(sql, params, many, told)
        except Exception as error:
            span.fail(type(error).__name__)
            raise
