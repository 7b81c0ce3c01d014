"""Keep the platform's last complaint instead of printing all of them: most are what the faults caused."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog


class Logbook(logging.Handler):
    """Remember the last error that was logged."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__(logging.ERROR)
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Take an error; what Django says of an answer tells less than the exception before it."""
        if record.exc_info or not self.last or record.name != "django.request":
            self.last = self.format(record)

    @contextmanager
    def open(self) -> Iterator["Logbook"]:
        """Have everything logged here, and nowhere else, within the block."""
        structlog.configure(
            processors=[
                structlog.stdlib.filter_by_level,
                structlog.processors.format_exc_info,
                structlog.processors.KeyValueRenderer(),
            ],
            wrapper_class=structlog.stdlib.BoundLogger,
            logger_factory=structlog.stdlib.LoggerFactory(),
        )
        root = logging.getLogger()
        before, root.handlers = root.handlers, [self]
        level = root.level
        root.setLevel(logging.ERROR)
        try:
            yield self
        finally:
            root.handlers = before
            root.setLevel(level)
            structlog.reset_defaults()
