"""``fondaco worker``: jobs, schedules and the event relay."""

from typing import Annotated

import typer

from fondaco.kit.django import logs, metrics, workers
from fondaco.kit.options import options
from fondaco.project import database, tracing

app = typer.Typer()


@app.command()
def worker(
    *,
    queues: Annotated[
        str, typer.Option(help="Comma separated; without it the worker serves all queues.")
    ] = "",
    concurrency: Annotated[int, typer.Option(min=1, help="Jobs that run at the same time.")] = 4,
) -> None:
    """Run jobs, schedules and the event relay until SIGTERM; jobs that run are finished."""
    logs.configure()
    tracing.start("worker")
    if options().metrics_port:
        metrics.serve(port=options().metrics_port, host=options().host)
    with database.available():
        workers.run_worker(
            queues=[name for name in queues.split(",") if name], concurrency=concurrency
        )
