"""Traces for a collector of OpenTelemetry; off unless ``FONDACO_TRACES_URL`` names one."""

from importlib import import_module

from fondaco.kit.django import traces
from fondaco.kit.options import options


class TracingNotInstalled(RuntimeError):
    """Say that traces are wanted, but not what they are made with."""


def start(process: str) -> None:
    """Have this process send its traces, where that is wanted; to be called after forking.

    :raises TracingNotInstalled: the extra ``tracing`` is missing
    """
    url = options().traces_url
    if not url:
        return
    try:  # by name: these are of an extra that most houses do without
        telemetry = import_module("fondaco.kit.django.telemetry")
        sdk = import_module("opentelemetry.sdk.trace.export")
        otlp = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ImportError as error:
        raise TracingNotInstalled(
            "FONDACO_TRACES_URL is set: install fondaco[tracing], or leave it empty."
        ) from error
    processor = sdk.BatchSpanProcessor(otlp.OTLPSpanExporter(endpoint=url))
    traces.install(telemetry.OpenTelemetryTracer(process=process, processor=processor))
