"""``fondaco web``, ``realtime``, ``sandbox``: one process each, for a supervisor or a container."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
import uvicorn
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from fondaco.kit.django import metrics_home
from fondaco.kit.options import options
from fondaco.project import database

app = typer.Typer()

REALTIME: Final = "fondaco.project.asgi"
TAKING_THREADS: Final = 8
"""They read a request and hand it to a worker; more of them only wait for the interpreter.

A body that trickles in keeps one of them, so a proxy that buffers bodies belongs in front of a public server.
"""


class Part(StrEnum):
    """What a web process may be kept to."""

    CALLBACKS = "callbacks"


@app.command()
def web(
    *,
    only: Annotated[
        Part | None, typer.Option(help="Answer these paths alone, in a process of their own.")
    ] = None,
) -> None:
    """Serve the API over HTTP until SIGTERM; requests that were taken are finished."""
    chosen = options()
    if only is None:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.project.settings")
    else:
        os.environ["DJANGO_SETTINGS_MODULE"] = f"fondaco.project.settings.{only}"
    metrics_home.prepare(Path(chosen.data_dir) / "metrics")
    with database.available():
        Granian(
            "fondaco.project.web:application",
            address=chosen.host,
            port=chosen.port,
            interface=Interfaces.WSGI,
            workers=chosen.web_workers,
            blocking_threads=TAKING_THREADS,
            respawn_failed_workers=True,
            workers_kill_timeout=chosen.shutdown_timeout_s,
            log_level=LogLevels.warning,
        ).serve()


@app.command()
def realtime() -> None:
    """Serve WebSockets until SIGTERM; sockets are closed properly."""
    metrics_home.prepare(Path(options().data_dir) / "metrics")
    sys.stdout.flush()
    # The C library would keep a heap for each of our few threads, which only wait for the database.
    os.environ.setdefault("MALLOC_ARENA_MAX", "1")
    # A program of its own takes this process over: thousands of sockets need no command line beside them.
    os.execv(sys.executable, [sys.executable, "-m", REALTIME, "realtime"])  # noqa: S606 - our own module, no shell


@app.command()
def sandbox() -> None:
    """Serve the simulated outside world (development only)."""
    if options().environment == "production":
        raise typer.BadParameter("The sandbox invents money; production does not start it.")
    _serve("sandbox.app:application", options().sandbox_port)


def _serve(target: str, port: int) -> None:
    uvicorn.run(
        target,
        host=options().host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=options().shutdown_timeout_s,
        ws="none",
    )
