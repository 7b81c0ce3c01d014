"""The door of processes that are started to share work: it opens before Django is loaded."""

import multiprocessing
from importlib import import_module
from typing import Any, Final

import django

_start: Final[dict[str, Any]] = {}


def begin(
    database: dict[str, Any],
    tenant: tuple[str, str, str],
    snapshot: str,
    news: "multiprocessing.Queue[int]",
) -> None:
    """Load Django in a new process, and take its connection from the one that started it."""
    django.setup()
    connections = import_module("django.db").connections
    connections.databases["default"].update(database)
    _start.update(tenant=tenant, snapshot=snapshot, news=news)


def examine(share: Any) -> Any:
    """Do a share of a verification."""
    examine_apart: Any = import_module("fondaco.proofs.verification").examine_apart
    return examine_apart(share, **_start)
