"""``fondaco operator``: appoint the house's own people."""

from typing import Annotated

import typer
from rich.console import Console

from fondaco.identity.states import StaffRole
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.options import options
from fondaco.operators import actions as operators
from fondaco.operators.rights import Right
from fondaco.project import database

app = typer.Typer(no_args_is_help=True, help="Appoint the house's own people.")


@app.callback()
def _group() -> None:
    """Appoint the house's own people."""


@app.command()
def create(
    email: Annotated[str, typer.Option(prompt=True, help="Where the person is reached.")],
    first_name: Annotated[str, typer.Option(prompt=True)],
    last_name: Annotated[str, typer.Option(prompt=True)],
    *,
    role: Annotated[StaffRole, typer.Option(help="What the person is.")] = StaffRole.OPERATOR,
    right: Annotated[
        list[Right] | None, typer.Option(help="A right of an operator; repeatable.")
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="None: the default tenant.")] = None,
) -> None:
    """Make an operator, and print the one-time token with which he chooses a password."""
    with database.available(), tenancy.scope(tenant or options().default_tenant):
        link = operators.appoint(
            role=role,
            email=email,
            first_name=first_name,
            last_name=last_name,
            rights=frozenset(right or ()),
            by=SYSTEM,
        )
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print("Made. This token is shown once; with it a password is chosen within a day:")
    console.print(link.token)
