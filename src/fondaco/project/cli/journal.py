"""``fondaco ledger export`` and ``import-balances``: take the books out, and begin them."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from fondaco.journal.actions.openings import import_balances as post_balances
from fondaco.journal.export import write_csv, write_parquet
from fondaco.journal.openings import Opening
from fondaco.journal.queries.transfers import stream_transfers
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.options import options
from fondaco.project import database

Tenant = Annotated[str | None, typer.Option(help="None: the default tenant.")]
_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


class Format(StrEnum):
    """What a file is written as."""

    CSV = "csv"
    PARQUET = "parquet"


def export(
    target: Annotated[Path, typer.Argument(help="A file that does not exist yet.")],
    *,
    format_: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.CSV,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=_FORMATS, help="UTC; none: all before.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=_FORMATS, help="UTC, not included.")
    ] = None,
    tenant: Tenant = None,
) -> None:
    """Write all transfers of a period into a file, as they are at one instant."""
    console = Console(soft_wrap=True, highlight=False, markup=False)
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} transfers"))
    if target.exists():
        raise typer.BadParameter(f"{target} exists already.")
    with (
        database.available(),
        tenancy.scope(tenant or options().default_tenant),
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar,
    ):
        task = bar.add_task("", total=None)
        lines = stream_transfers(since=_utc(since), until=_utc(until))

        def report(count: int) -> None:
            bar.update(task, completed=count)

        if format_ is Format.PARQUET:
            count = write_parquet(lines, target, report=report)
        else:
            with target.open("x", encoding="utf-8", newline="") as file:
                count = write_csv(lines, file, report=report)
    console.print(f"{count:,} transfers are in {target}.")


def import_balances(
    file: Annotated[
        Path, typer.Argument(help="CSV: account, customer, currency, amount, kind, memo.")
    ],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it, post nothing.")] = False,
    tenant: Tenant = None,
) -> None:
    """Post opening balances: all of a file or nothing of it, and once; ends with 1 at a fault."""
    console = Console(soft_wrap=True, highlight=False, markup=False)
    text = file.read_text(encoding="utf-8")
    with database.available(), tenancy.scope(tenant or options().default_tenant):
        opening = post_balances(text=text, is_dry=dry_run, by=SYSTEM)
    for fault in opening.faults:
        console.print(f"✗ line {fault.line}, {fault.field}: {fault.reason}")
    if opening.faults:
        console.print("Nothing is posted.")
        raise typer.Exit(1)
    if dry_run:
        for one in opening.postings:
            console.print(
                f"line {one.line}: {one.debit} → {one.credit}  {one.amount} {one.currency}"
            )
    console.print(_conclusion(opening, is_dry=dry_run))


def _conclusion(opening: Opening, *, is_dry: bool) -> str:
    if opening.is_replay:
        return "This file was posted before; nothing is posted now."
    sums = ", ".join(f"{amount} {code}" for code, amount in opening.totals.items())
    verb = "would be posted" if is_dry else "are posted"
    return f"{len(opening.postings)} opening balances {verb}: {sums}."


def _utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.replace(tzinfo=UTC)
