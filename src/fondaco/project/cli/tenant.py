"""``fondaco tenant``: make, list and migrate tenants."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import schemas
from fondaco.kit.django.tenancy.models import Mode
from fondaco.project import database, timeouts

app = typer.Typer(no_args_is_help=True, help="Make, list and migrate tenants.")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Small letters, digits, underscores; never changed.")],
    *,
    host: Annotated[
        list[str] | None, typer.Option(help="A host name that it answers under; repeatable.")
    ] = None,
    mode: Annotated[Mode, typer.Option(help="What it is for.")] = Mode.LIVE,
    sandbox_of: Annotated[
        str | None,
        typer.Option(
            help="Make it the sandbox of this tenant: its merchants' test keys lead here."
        ),
    ] = None,
) -> None:
    """Make a tenant with a schema of its own."""
    console = Console()
    if sandbox_of is not None:
        mode = Mode.SANDBOX
    with database.available(), console.status(f"making {name}"):
        schemas.migrate_all()
        made = schemas.create_tenant(
            name=name, hosts=host or [], mode=mode.value, sandbox_of=sandbox_of
        )
    console.print(f"Tenant {made.name} ({made.mode}) is ready, in schema {made.schema}.")


@app.command(name="list")
def list_() -> None:
    """List all tenants with their hosts."""
    table = Table("name", "mode", "schema", "hosts", box=None)
    with database.available(), tenancy.system_scope():
        for one in schemas.list_tenants():
            hosts = ", ".join(sorted(row.host for row in one.hosts.all()))
            table.add_row(one.name, one.mode, one.schema, hosts)
    Console().print(table)


@app.command()
def migrate(
    name: Annotated[str | None, typer.Argument(help="One tenant; none: all of them.")] = None,
) -> None:
    """Bring one tenant, or all and the shared schema, up to date."""
    console = Console()
    with database.available(), console.status("looking at the schemas") as status:
        if name is None:
            count = schemas.migrate_all(lambda schema: status.update(f"migrating {schema}"))
            timeouts.keep()
        else:
            schemas.migrate_tenant(name)
            count = 1
    console.print(f"{count} schemas migrated." if count else "All schemas are up to date.")
