"""Runs the same thing in many real threads at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

from fondaco.kit.django import tenancy

Answer = TypeVar("Answer")


def together(times: int, act: Callable[[], Answer]) -> list[Answer | Exception]:
    """Start all at the same moment, in the caller's tenant; give answers and exceptions in any order."""
    start = threading.Barrier(times)

    def one() -> Answer | Exception:
        try:
            connections["default"].ensure_connection()
            start.wait(timeout=20)
            return act()
        except Exception as error:  # noqa: BLE001 - the test looks at what it is
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        futures = [pool.submit(tenancy.run_in_context(one)) for _ in range(times)]
        return [future.result(timeout=60) for future in futures]
