"""``fondaco realtime``: one process, for a supervisor or a container."""

import os
import sys
from importlib import import_module
from multiprocessing import parent_process
from pathlib import Path
from typing import Final

import typer

from fondaco.kit.django import metrics_home
from fondaco.kit.options import options

app = typer.Typer()

REALTIME: Final = "fondaco.project.asgi"


@app.command()
def realtime() -> None:
    """Serve WebSockets until SIGTERM; sockets are closed properly."""
    metrics_home.prepare(Path(options().data_dir) / "metrics")
    if parent_process() is not None:  # a fork shares what it could load anew
        import_module(REALTIME).serve()
        return
    sys.stdout.flush()
    # The C library would keep a heap for each of our few threads, which only wait for the database.
    os.environ.setdefault("MALLOC_ARENA_MAX", "1")
    # A program of its own takes this process over: thousands of sockets need no command line beside them.
    os.execv(sys.executable, [sys.executable, "-m", REALTIME, "realtime"])  # noqa: S606 - our own module, no shell
