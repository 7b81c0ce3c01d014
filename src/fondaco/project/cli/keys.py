"""``fondaco keys``: change the keys of what is encrypted."""

import typer

from fondaco.kit.django import tenancy
from fondaco.kit.django.fields import rotate_fields
from fondaco.kit.django.files import rotate_files
from fondaco.kit.django.tenancy import directory
from fondaco.project import database
from fondaco.project.cli.progress import Progress

app = typer.Typer(no_args_is_help=True, help="Change the keys of what is encrypted.")


@app.callback()
def _group() -> None:
    """Change the keys of what is encrypted."""


@app.command()
def rotate() -> None:
    """Encrypt again, with the first key, what was encrypted with another one."""
    columns = files = 0
    with database.available(), Progress("encrypting again") as progress:
        for scope in directory.list_scopes():
            progress.say(f"encrypting {scope.name} again")
            with tenancy.scope(scope):
                columns += rotate_fields()
                files += rotate_files()
    progress.conclude(f"{columns} values and {files} files have the first key now.")
