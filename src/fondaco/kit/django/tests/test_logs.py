"""Log lines as an operator's tools get them."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.contextvars import bound_contextvars

from fondaco.kit.django import logs, tenancy
from fondaco.kit.django.tenancy.context import TenantScope


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure(level="info", form="json", stream=stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def only(lines: io.StringIO) -> dict[str, Any]:
    (line,) = lines.getvalue().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


class TestConfigure:
    def test_writes_one_json_object_with_request_and_tenant(
        self, lines: io.StringIO, tenant: TenantScope
    ) -> None:
        with bound_contextvars(request_id="abc"), tenancy.scope(tenant):
            structlog.get_logger("fondaco.wallets").info("charge.posted", amount="12.34")
        line = only(lines)
        at = line.pop("at")
        assert at.endswith("Z")
        assert line == {
            "event": "charge.posted",
            "amount": "12.34",
            "level": "info",
            "logger": "fondaco.wallets",
            "request_id": "abc",
            "tenant": "alpha",
        }

    def test_masks_secrets_of_our_lines_and_of_libraries(self, lines: io.StringIO) -> None:
        structlog.get_logger("a").info("login", password="hunter2")
        logging.getLogger("library").warning("calling %s", "https://u:hunter2@host/")
        assert "hunter2" not in lines.getvalue()
        assert len(lines.getvalue().splitlines()) == 2

    def test_masks_secrets_in_traces(self, lines: io.StringIO) -> None:
        try:
            int("postgresql://app:hunter2@db/x")
        except ValueError:
            logging.getLogger("library").exception("failed")
        line = only(lines)
        assert "ValueError" in line["exception"]
        assert "hunter2" not in line["exception"]

    def test_names_no_tenant_where_there_is_none(self, lines: io.StringIO) -> None:
        with tenancy.system_scope():
            structlog.get_logger("a").info("started")
        assert "tenant" not in only(lines)

    def test_leaves_out_what_is_below_the_level(self, lines: io.StringIO) -> None:
        structlog.get_logger("a").debug("noise")
        logging.getLogger("httpx").info("HTTP Request: GET https://x/?token=1")
        assert lines.getvalue() == ""

    def test_is_readable_on_a_console(self) -> None:
        root = logging.getLogger()
        before, level = root.handlers[:], root.level
        stream = io.StringIO()
        logs.configure(level="info", form="console", stream=stream)
        try:
            structlog.get_logger("a").info("charge.posted", token="abc", amount="1.00")
        finally:
            root.handlers[:] = before
            root.setLevel(level)
            structlog.reset_defaults()
        assert "charge.posted" in stream.getvalue()
        assert "amount=1.00" in stream.getvalue()
        assert "abc" not in stream.getvalue()
