"""Tell developers in ``Server-Timing`` how long an answer took and how many queries it needed."""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from fondaco.kit.options import options


class _Count:
    """Count and time the statements of one request."""

    def __init__(self) -> None:
        self.queries, self.seconds = 0, 0.0

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,  # noqa: FBT001 - Django's signature
        context: Any,
    ) -> Any:
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.queries += 1
            self.seconds += time.perf_counter() - begun


class ServerTimingMiddleware:
    """Add the header in debug; elsewhere it says nothing, since times tell strangers too much."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep what is further in."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        if not options().debug:
            return self._get_response(request)
        count, begun = _Count(), time.perf_counter()
        with connection.execute_wrapper(count):
            response = self._get_response(request)
        total_ms = (time.perf_counter() - begun) * 1000
        database = f'db;desc="{count.queries} queries";dur={count.seconds * 1000:.1f}'
        response["Server-Timing"] = f"{database}, total;dur={total_ms:.1f}"
        return response
