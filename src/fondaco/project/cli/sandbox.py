"""``fondaco sandbox``: one process, for a supervisor or a container."""

from importlib import import_module

import typer
import uvicorn

from fondaco.kit import tuning
from fondaco.kit.options import options

app = typer.Typer()


@app.command()
def sandbox() -> None:
    """Serve the simulated outside world (development only)."""
    if options().environment == "production":
        raise typer.BadParameter("The sandbox invents money; production does not start it.")
    with tuning.loading():
        application = import_module("sandbox.app").application  # it stays in the checkout
    uvicorn.run(
        application,
        host=options().host,
        port=options().sandbox_port,
        log_level="warning",
        timeout_graceful_shutdown=options().shutdown_timeout_s,
        ws="none",
    )
