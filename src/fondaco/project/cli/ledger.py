"""``fondaco ledger``: seal the books, and prove them."""

from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import TenantScope, directory
from fondaco.project import database
from fondaco.project.cli import journal
from fondaco.proofs.actions.seals import seal as close_blocks
from fondaco.proofs.types import Findings, PublishedSeal
from fondaco.proofs.verification import verify as verify_all

app = typer.Typer(no_args_is_help=True, help="Seal the books, and prove them.")

Tenant = Annotated[str | None, typer.Option(help="One tenant; none: all of them.")]
_HASH_DIGITS: Final = 64

app.command()(journal.export)
app.command()(journal.import_balances)


@app.callback()
def _group() -> None:
    """Seal the books, and prove them."""


@app.command()
def seal(
    *,
    tenant: Tenant = None,
    late: Annotated[
        bool, typer.Option("--late", help="Look also for what is dated hours off.")
    ] = False,
) -> None:
    """Close what was posted and done into a block now, as the worker does each minute."""
    console = _console()
    with database.available():
        for scope in _scopes(tenant):
            with tenancy.scope(scope):
                done = close_blocks(by=SYSTEM, is_thorough=late)
            said = f"; {done.missing} transfers are missing" if done.missing else ""
            console.print(f"{scope.name}: {done.rows} rows in {done.blocks} blocks{said}")


@app.command()
def verify(
    *,
    tenant: Tenant = None,
    processes: Annotated[
        int, typer.Option(min=1, max=64, help="How many share the work of a tenant.")
    ] = 1,
    published: Annotated[
        list[str] | None,
        typer.Option(help="A block that was published outside, as <number>:<hash>; repeatable."),
    ] = None,
) -> None:
    """Recompute every block and every balance and compare; ends with 1 at a difference."""
    outside = [_published(text) for text in published or ()]
    if outside and tenant is None:
        raise typer.BadParameter("a published block belongs to one tenant: name it with --tenant")
    console, is_good = _console(), True
    with database.available():
        for scope in _scopes(tenant):
            with tenancy.scope(scope):
                found = _verify(console, scope.name, processes, outside)
            is_good &= found.difference is None
            console.print(_told(scope.name, found))
    if not is_good:
        raise typer.Exit(1)


def _told(name: str, found: Findings) -> str:
    count = {"accounts": 0, "legs": 0, "blocks": 0, "rows": 0} | dict(found.counts)
    mark = "✓" if found.difference is None else "✗"
    said = found.difference or "every block and every balance follows from the rows"
    return (
        f"{mark} {name}: {count['accounts']} accounts, {count['legs']} legs, "
        f"{count['rows']} rows in {count['blocks']} blocks; {said}"
    )


def _verify(
    console: Console, name: str, processes: int, published: list[PublishedSeal]
) -> Findings:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(name, total=None)
        return verify_all(
            processes=processes,
            published=published,
            progress=lambda done, total: bar.update(task, completed=done, total=max(done, total)),
        )


def _published(text: str) -> PublishedSeal:
    number, _, digits = text.partition(":")
    try:
        if not number.isascii() or len(digits) != _HASH_DIGITS:
            raise ValueError  # noqa: TRY301 - said once, below
        return PublishedSeal(int(number), bytes.fromhex(digits))
    except ValueError:
        raise typer.BadParameter("a published block is <number>:<64 hexadecimal digits>") from None


def _scopes(tenant: str | None) -> list[TenantScope]:
    return [tenancy.get_scope(tenant)] if tenant else directory.list_scopes()


def _console() -> Console:
    return Console(soft_wrap=True, highlight=False, markup=False)
