"""``fondaco rates``: take in the European Central Bank's file of reference rates."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.options import options
from fondaco.market.actions import take_reference_rates
from fondaco.project import database
from fondaco.project.cli.progress import Progress
from fondaco.vendors.ecb import FileUnreadable, latest_rates

TOLD_AT: Final = timedelta(hours=15)
"""The bank tells a day's rates about 16:00 in Frankfurt, which is 15:00 UTC in winter."""

app = typer.Typer()


@app.command()
def rates(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="eurofxref-hist.csv or .zip.")
    ],
    *,
    source: Annotated[str, typer.Option(help="A source of the kind ecb.")] = "ecb",
    tenant: Annotated[str | None, typer.Option(help="None: the default tenant.")] = None,
) -> None:
    """Take the newest reference rates of the European Central Bank from its file."""
    try:
        day, told = latest_rates(file.read_bytes())
    except FileUnreadable as error:
        raise typer.BadParameter(str(error)) from error
    at = min(datetime.combine(day, time(), UTC) + TOLD_AT, clock.now())
    with (
        database.available(),
        Progress("taking rates in") as progress,
        tenancy.scope(tenant or options().default_tenant),
    ):
        take_reference_rates(code=source, rates=told, at=at, by=SYSTEM)
    progress.conclude(f"{source} has {len(told)} rates of {day}.")
