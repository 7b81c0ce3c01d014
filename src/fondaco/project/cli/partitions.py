"""``fondaco partitions``: the parts of the table of transfers, and what was taken off it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.options import options
from fondaco.ledger import actions
from fondaco.ledger.queries.partitions import list_detached, list_partitions
from fondaco.project import database

app = typer.Typer(no_args_is_help=True, help="Look after the parts of the table of transfers.")

Tenant = Annotated[str | None, typer.Option(help="None: the default tenant.")]
Name = Annotated[str, typer.Argument(help="Such as ledger_transfer_202601.")]
File = Annotated[Path, typer.Argument(help="Of its transfers, as CSV, compressed (gzip).")]


@app.callback()
def _group() -> None:
    """Look after the parts of the table of transfers."""


@app.command("list")
def list_all(*, tenant: Tenant = None) -> None:
    """List the partitions that the table has, and those that were taken off it."""
    console = _console()
    with database.available(), tenancy.scope(tenant or options().default_tenant):
        for gone in list_detached():
            state = "dropped" if gone.dropped_at else "in the archive"
            if gone.exported_at and not gone.dropped_at:
                state = "in the archive, exported"
            console.print(f"{gone.name}: {gone.transfers} transfers, {state}")
        for part in list_partitions():
            console.print(f"{part.name}: {part.starts_at:%Y-%m-%d} to {part.ends_at:%Y-%m-%d}")


@app.command()
def detach(
    *,
    after_days: Annotated[
        int | None,
        typer.Option(min=1, help="Those that ended so long ago; none: as the option says."),
    ] = None,
    tenant: Tenant = None,
) -> None:
    """Take old partitions off the table; their transfers stay in the tenant's archive schema."""
    with database.available(), tenancy.scope(tenant or options().default_tenant):
        actions.make_checkpoints()
        for name in actions.detach_partitions(after_days=after_days):
            _console().print(f"{name} is in the archive.")


@app.command()
def export(name: Name, to: File, *, tenant: Tenant = None) -> None:
    """Write the transfers of a partition in the archive to a file."""
    with database.available(), tenancy.scope(tenant or options().default_tenant):
        count = actions.export_partition(name=name, to=to, by=SYSTEM)
    _console().print(f"{count} transfers are in {to}.")


@app.command()
def drop(name: Name, exported_to: File, *, tenant: Tenant = None) -> None:
    """Drop a partition from the archive; only the file of its export, which must be at hand, still has it."""
    with database.available(), tenancy.scope(tenant or options().default_tenant):
        actions.drop_partition(name=name, exported_to=exported_to, by=SYSTEM)
    _console().print(f"{name} is gone; {exported_to} has its transfers.")


def _console() -> Console:
    return Console(soft_wrap=True, highlight=False, markup=False)
