"""``fondaco proofs``: publish what the house owes."""

from typing import Annotated

import typer
from rich.console import Console

from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import directory
from fondaco.kit.ids import encode
from fondaco.project import database
from fondaco.proofs.actions.liabilities import make_liability_report
from fondaco.proofs.liabilities import REPORT_PREFIX
from fondaco.proofs.queries.liabilities import get_report

app = typer.Typer(no_args_is_help=True, help="Publish what the house owes.")


@app.callback()
def _group() -> None:
    """Publish what the house owes."""


@app.command()
def liabilities(
    *, tenant: Annotated[str | None, typer.Option(help="One tenant; none: all of them.")] = None
) -> None:
    """Commit the house to what it owes to its customers now, as the daily job does."""
    console = Console(soft_wrap=True, highlight=False, markup=False)
    with database.available():
        for scope in [tenancy.get_scope(tenant)] if tenant else directory.list_scopes():
            with tenancy.scope(scope), console.status(f"{scope.name}: growing the trees"):
                report = get_report(report_id=make_liability_report(by=SYSTEM))
            console.print(f"{scope.name}: {encode(REPORT_PREFIX, report.id)}")
            for root in report.roots:
                console.print(f"  {root.total}  {root.hash.hex()}")
