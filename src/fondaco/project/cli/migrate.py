"""``fondaco migrate``: bring every schema up to date."""

from typing import Annotated

import typer

from fondaco.kit.django.tenancy import schemas
from fondaco.project import database, demo, timeouts
from fondaco.project.cli.progress import Progress

app = typer.Typer()


@app.command()
def migrate(
    *,
    with_demo: Annotated[
        bool, typer.Option("--demo", help="Make the default tenant, with demo people, if missing.")
    ] = False,
) -> None:
    """Bring the shared schema and all tenants' schemas up to date, as the database's owner."""
    with database.available(), Progress("looking at the schemas") as progress:
        count = schemas.migrate_all(lambda schema: progress.say(f"migrating {schema}"))
        timeouts.keep()
        if with_demo:
            progress.say("looking at the demo tenant")
            demo.ensure_tenant()
    progress.conclude(f"{count} schemas migrated." if count else "All schemas are up to date.")
