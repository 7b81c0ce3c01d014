"""Traces are off unless they are wanted, and say what is missing."""

import sys

import pytest

from fondaco.kit.django import traces
from fondaco.kit.options import override
from fondaco.project import tracing


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    made: list[object] = []
    monkeypatch.setattr(traces, "install", made.append)
    return made


class TestStart:
    def test_does_nothing_without_a_collector(self, installed: list[object]) -> None:
        tracing.start("web")
        assert installed == []

    def test_says_what_is_missing(
        self, installed: list[object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http", None)
        monkeypatch.setitem(
            sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None
        )
        with (
            override(traces_url="http://127.0.0.1:9/v1/traces"),
            pytest.raises(tracing.TracingNotInstalled, match=r"fondaco\[tracing\]"),
        ):
            tracing.start("web")
        assert installed == []
