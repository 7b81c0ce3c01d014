"""The tracer of OpenTelemetry. Imported only where traces are on: its packages are the extra ``tracing``."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.trace import Span, SpanKind, Status, StatusCode


class OpenSpan:
    """Write to a span of OpenTelemetry."""

    def __init__(self, span: Span) -> None:
        """Keep the span."""
        self._span = span

    def name(self, name: str) -> None:
        """Call the span by another name."""
        self._span.update_name(name)

    def tell(self, name: str, value: str | int) -> None:
        """Add an attribute."""
        self._span.set_attribute(name, value)

    def fail(self, kind: str) -> None:
        """Mark the span as failed, with the error's class alone."""
        self._span.set_attribute("error.type", kind)
        self._span.set_status(Status(StatusCode.ERROR))


class OpenTelemetryTracer:
    """Open spans of OpenTelemetry; what the caller sends about traces of his own is not believed."""

    def __init__(self, *, process: str, processor: SpanProcessor) -> None:
        """Name the kind of process, and where spans go."""
        resource = Resource({"service.namespace": "fondaco", "service.name": process})
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("fondaco")

    @contextmanager
    def span(self, name: str, *, is_request: bool = False) -> Iterator[OpenSpan]:
        """Have a span open within the block; an error's sentence, which may quote something, is not kept."""
        with self._tracer.start_as_current_span(
            name,
            kind=SpanKind.SERVER if is_request else SpanKind.INTERNAL,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield OpenSpan(span)
