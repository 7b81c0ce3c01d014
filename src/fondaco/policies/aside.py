"""Write what must stay although the caller's transaction is about to be rolled back: why it was refused.

It runs in a thread, and so on a connection and in a transaction of its own. Only for what is suspicious, so
its cost is rare. The caller's locks are kept meanwhile: what is written here must not need one of them.
"""

import threading
from collections.abc import Callable

import structlog
from django.db import DatabaseError, connections, transaction

from fondaco.kit.django import tenancy

_log = structlog.get_logger(__name__)


def write(work: Callable[[], None]) -> None:
    """Do the work in a transaction of its own, and wait for it; what fails is logged, never raised."""
    thread = threading.Thread(target=tenancy.run_in_context(_run), args=(work,), daemon=True)
    thread.start()
    thread.join()


def _run(work: Callable[[], None]) -> None:
    try:
        with transaction.atomic():
            work()
    except DatabaseError:
        _log.exception("written_aside_failed")
    finally:
        connections.close_all()
