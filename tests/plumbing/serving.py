"""The platform and the sandbox on sockets of this process, for tests that must go over real HTTP."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import uvicorn
from django.db import connections

from fondaco.kit import options
from fondaco.project.wsgi import application
from sandbox.app import make_application
from sandbox.receiver import Receiver
from sandbox.venues import Venue


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@contextmanager
def platform(tenant: str) -> Iterator[str]:
    """Serve the whole application for one tenant, a request at a time; gives the origin."""
    with (
        options.override(default_tenant=tenant),
        make_server("127.0.0.1", 0, application, handler_class=_Quiet) as server,
    ):

        def serve() -> None:
            server.serve_forever(poll_interval=0.05)
            connections.close_all()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def sandbox(*venues: Venue) -> Iterator[str]:
    """Serve simulated companies; gives the origin."""
    server = uvicorn.Server(
        uvicorn.Config(
            make_application(venues),
            host="127.0.0.1",
            port=0,
            log_level="warning",
            ws="none",
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        origin = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        yield origin
        # Or the end would wait until what drips has dripped.
        httpx.post(f"{origin}/control/reset", timeout=60)
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def receiver() -> Iterator[str]:
    """Serve somebody who takes webhooks, and fails to on command; gives the origin."""
    with sandbox(Receiver()) as address:
        yield address
