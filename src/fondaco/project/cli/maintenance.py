"""``fondaco maintenance``: reads go on, nothing is changed."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console

from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import maintenance, tenancy
from fondaco.kit.django.tenancy import TenantScope, directory
from fondaco.project import database

app = typer.Typer(no_args_is_help=True, help="Let reads go on while nothing is changed.")

Tenant = Annotated[str | None, typer.Option(help="One tenant; none: all of them.")]


@app.command()
def on(
    *,
    reason: Annotated[str, typer.Option(help="What callers are told.")] = "Planned maintenance.",
    minutes: Annotated[int | None, typer.Option(min=1, help="How long it is expected.")] = None,
    tenant: Tenant = None,
) -> None:
    """Answer 503 to whatever would change something, within a second."""
    with database.available():
        for scope in _chosen(tenant):
            until = clock.now() + timedelta(minutes=minutes) if minutes else None
            with tenancy.scope(scope):
                maintenance.begin(reason=reason, until=until, by=SYSTEM)
            Console().print(f"{scope.name}: in maintenance")


@app.command()
def off(*, tenant: Tenant = None) -> None:
    """Let changes go on."""
    with database.available():
        for scope in _chosen(tenant):
            with tenancy.scope(scope):
                was_on = maintenance.end()
            Console().print(f"{scope.name}: {'open again' if was_on else 'was open'}")


def _chosen(tenant: str | None) -> list[TenantScope]:
    return [tenancy.get_scope(tenant)] if tenant else directory.list_scopes()
