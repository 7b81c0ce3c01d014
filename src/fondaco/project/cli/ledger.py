"""``fondaco ledger``: prove the books."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import directory
from fondaco.ledger.verify import Verification, verify as verify_ledger
from fondaco.project import database

app = typer.Typer(no_args_is_help=True, help="Prove the books.")


@app.callback()
def _group() -> None:
    """Prove the books."""


@app.command()
def verify(
    *, tenant: Annotated[str | None, typer.Option(help="One tenant; none: all of them.")] = None
) -> None:
    """Recompute every balance from the transfers and compare; ends with 1 at a difference."""
    console = Console(soft_wrap=True, highlight=False, markup=False)
    is_good = True
    with database.available():
        for scope in [tenancy.get_scope(tenant)] if tenant else directory.list_scopes():
            with tenancy.scope(scope):
                found = _verify(console, scope.name)
            is_good &= found.difference is None
            count = f"{found.accounts} accounts, {found.legs} legs"
            said = found.difference or "every balance follows from the transfers"
            mark = "✓" if found.difference is None else "✗"
            console.print(f"{mark} {scope.name}: {count}; {said}")
    if not is_good:
        raise typer.Exit(1)


def _verify(console: Console, name: str) -> Verification:
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=None)
        return verify_ledger(
            progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
