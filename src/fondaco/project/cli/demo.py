"""``fondaco demo``: the demo tenant and whom to log in as."""

import typer

from fondaco.kit.django.tenancy import schemas
from fondaco.project import database, demo as project_demo
from fondaco.project.cli.progress import Progress

app = typer.Typer()


@app.command()
def demo() -> None:
    """Make the demo tenant with people, wallets and money, unless it is there."""
    with database.available(), Progress("looking at the schemas") as progress:
        schemas.migrate_all(lambda schema: progress.say(f"migrating {schema}"))
        progress.say("looking at the demo tenant")
        project_demo.ensure_tenant()
    progress.conclude("The demo tenant is there.")
