"""Structured logs: one line for each thing that happened, with request id and tenant, without secrets.

Django, the servers and the libraries log through the standard library; their lines take the same road and
come out in the same form.
"""

import logging
import logging.config
import sys
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from fondaco.kit.django import tenancy
from fondaco.kit.django.redaction import redact_item
from fondaco.kit.options import options

_QUIET: Final = {
    "asyncio": "WARNING",
    "django.request": "ERROR",
    "django.server": "WARNING",
    "httpcore": "WARNING",
    "httpx": "WARNING",
    "procrastinate": "WARNING",
    "uvicorn.access": "WARNING",
}
"""Loggers that would say at INFO what our own lines and the metrics say already."""


def configure(
    *, level: str | None = None, form: str | None = None, stream: TextIO | None = None
) -> None:
    """Send all logs of this process to a stream (standard error), in the form of the options.

    :param form: ``console``, ``json``, or ``auto``: console on a terminal, else JSON
    """
    chosen = options()
    target = sys.stderr if stream is None else stream
    form = form or chosen.log_format
    is_json = form == "json" or (form == "auto" and not target.isatty())
    least = (level or chosen.log_level).upper()
    logging.config.dictConfig(_stdlib(least, target, is_json=is_json))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        # a line is rare on the hot path, and a cached logger would never hear of a later configuration
        cache_logger_on_first_use=False,
    )


def add_tenant(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Name the tenant for which the line was written, where there is one."""
    tenant = tenancy.find_current()
    if tenant is not None:
        event.setdefault("tenant", tenant.name)
    return event


def redact_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask what is secret by its name or by its look."""
    return {name: redact_item(name, value) for name, value in event.items() if name[0] != "_"} | {
        name: value for name, value in event.items() if name[0] == "_"
    }


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        add_tenant,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
    ]


def _stdlib(level: str, target: TextIO, *, is_json: bool) -> dict[str, Any]:
    renderer: Processor = structlog.processors.JSONRenderer(default=str)
    if not is_json:
        plain = structlog.dev.plain_traceback
        renderer = structlog.dev.ConsoleRenderer(colors=target.isatty(), exception_formatter=plain)
    last: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,  # before the mask: messages of errors may quote a secret
        redact_event,
        renderer,
    ]
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": _shared(),
        "processors": last,
    }
    handler = {"class": "logging.StreamHandler", "stream": target, "formatter": "fondaco"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"fondaco": formatter},
        "handlers": {"stream": handler},
        "root": {"level": level, "handlers": ["stream"]},
        "loggers": {name: {"level": _at_least(least, level)} for name, least in _QUIET.items()},
    }


def _at_least(least: str, level: str) -> str:
    names = logging.getLevelNamesMapping()
    return max(least, level, key=names.__getitem__)
