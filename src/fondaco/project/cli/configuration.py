"""``fondaco config``: every option with the value that is in force."""

from itertools import groupby
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from fondaco.kit.options import options, rows, unknown_variables

app = typer.Typer()


@app.command()
def config(
    *,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only what differs from its default.")
    ] = False,
) -> None:
    """List every option: its variable, the value in force, the default and what it means."""
    console = Console(soft_wrap=True)
    wanted = [row for row in rows(options()) if not changed or row[2] != row[3]]
    for group, members in groupby(wanted, key=lambda row: row[0]):
        table = Table(title=group, title_justify="left", box=None, pad_edge=False)
        for heading in ("variable", "value", "default", "meaning"):
            table.add_column(heading, overflow="fold")
        for _group, variable, value, default, description in members:
            shown = f"[bold]{value}[/]" if value != default else value
            table.add_row(variable, shown, default, description)
        console.print(table)
        console.print()
    for name in unknown_variables():
        console.print(f"{name} is set, but there is no such option.", style="yellow")
