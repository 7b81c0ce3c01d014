"""``fondaco demo``: a demo tenant with people, money, and as much going on as is wished."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress as Bar, TextColumn

from fondaco.identity.demo import DemoRefused
from fondaco.kit.django.tenancy import schemas
from fondaco.project import database, demo as project_demo
from fondaco.project.cli.progress import Progress
from fondaco.project.demo_money import Activity

app = typer.Typer()


@app.command()
def demo(
    *,
    customers: Annotated[int, typer.Option(min=0, help="Clients to add.")] = 25,
    charges: Annotated[int, typer.Option(min=0, help="Charges to add.")] = 300,
) -> None:
    """Make the demo tenant unless it is there, and add customers and charges to it."""
    with database.available():
        with Progress("looking at the schemas") as progress:
            schemas.migrate_all(lambda schema: progress.say(f"migrating {schema}"))
            progress.say("looking at the demo tenant")
            if not project_demo.ensure_tenant():
                raise DemoRefused
        added = _add(customers, charges)
    progress.conclude(
        f"Added {added.customers} customers and {added.charges} charges, of which {added.refused} were "
        f"refused and {added.refunds} given back."
    )


def _add(customers: int, charges: int) -> Activity:
    console = Console(soft_wrap=True, highlight=False, markup=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks = {
            "customers": bar.add_task("customers", total=customers),
            "charges": bar.add_task("charges", total=charges),
        }
        return project_demo.add_activity(
            customers=customers,
            charges=charges,
            report=lambda what, done, _total: bar.update(tasks[what], completed=done + 1),
        )
