"""``fondaco web``: one server and its workers, for a supervisor or a container."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from fondaco.kit.django import metrics_home
from fondaco.kit.options import options
from fondaco.project import database

app = typer.Typer()

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
            process_name="fondaco web" if only is None else f"fondaco web --only {only}",
        ).serve()
