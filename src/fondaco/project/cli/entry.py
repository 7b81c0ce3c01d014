"""Where every command begins: options are read, and what is wrong is said in one sentence."""

import sys
from typing import Annotated, Final

import psycopg
import typer
from rich.console import Console

from fondaco import __version__
from fondaco.kit.errors import DomainError
from fondaco.kit.options import OptionsError
from fondaco.project.cli.commands import LazyGroup
from fondaco.project.postgres_home import PostgresError

WRONG_OPTIONS: Final = 2
REFUSED: Final = 1

app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="One self-hosted house for money.",
)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it with the flag's value
    if wanted:
        typer.echo(f"fondaco {__version__}")
        raise typer.Exit


@app.callback()
def _begin(
    version: Annotated[  # noqa: FBT002 - typer handles it before this is called
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Say which.")
    ] = False,
) -> None:
    """One self-hosted house for money."""


def main() -> None:
    """Run the command that the arguments name; a refusal is one sentence and a status, never a trace."""
    complaints = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    try:
        app()
    except OptionsError as error:
        complaints.print("These settings cannot be taken (see fondaco config):", style="bold red")
        for line in error.lines:
            complaints.print(f"  {line}")
        sys.exit(WRONG_OPTIONS)
    except (DomainError, PostgresError) as error:
        complaints.print(str(error), style="bold red")
        sys.exit(REFUSED)
    except Exception as error:
        if not isinstance(error.__cause__, psycopg.Error):
            raise
        complaints.print(_explain(error.__cause__), style="bold red")
        sys.exit(REFUSED)


def _explain(error: psycopg.Error) -> str:
    if isinstance(error, psycopg.errors.UndefinedTable):
        return "The database has no tables yet: fondaco migrate"
    return f"The database refuses: {str(error).strip()}"
