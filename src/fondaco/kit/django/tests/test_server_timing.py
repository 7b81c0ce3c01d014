"""Developers see times and query counts; strangers do not."""

import re

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from fondaco.kit import options
from fondaco.kit.django.server_timing import ServerTimingMiddleware


def view(_request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.execute("SELECT 2")
    return HttpResponse()


@pytest.mark.usefixtures("tenant")
class TestServerTiming:
    def test_counts_queries_in_debug(self) -> None:
        with options.override(debug=True):
            answer = ServerTimingMiddleware(view)(RequestFactory().get("/"))
        pattern = r'db;desc="2 queries";dur=\d+\.\d, total;dur=\d+\.\d'
        assert re.fullmatch(pattern, answer["Server-Timing"])

    def test_says_nothing_otherwise(self) -> None:
        with options.override(debug=False):
            answer = ServerTimingMiddleware(view)(RequestFactory().get("/"))
        assert "Server-Timing" not in answer
