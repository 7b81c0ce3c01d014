"""``fondaco evidence``: the proofs of a period as one signed archive."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.options import options
from fondaco.project import database
from fondaco.proofs import signatures
from fondaco.proofs.actions.runs import make_evidence
from fondaco.proofs.evidence_check import EvidenceBroken, check_evidence

app = typer.Typer(
    invoke_without_command=True, help="Write or check the evidence of a period, signed."
)


@app.callback()
def evidence(
    context: typer.Context,
    *,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Included; UTC."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Not included; UTC."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The file; none: named after tenant and period, here.")
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="None: the default tenant.")] = None,
) -> None:
    """Put trial balance, seals and audit trail of a period into one signed archive."""
    if context.invoked_subcommand is not None:
        return
    if since is None or until is None:
        raise typer.BadParameter("name the period with --from and --to")
    name = tenant or options().default_tenant
    path = output or Path(f"evidence-{name}-{since:%Y%m%d}-{until:%Y%m%d}.zip")
    with database.available(), tenancy.scope(name):
        digest = make_evidence(
            path=path, since=since.replace(tzinfo=UTC), until=until.replace(tzinfo=UTC), by=SYSTEM
        )
    console = _console()
    console.print(f"{path}: SHA-256 {digest.hex()}")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The archive.")],
    *,
    key: Annotated[
        list[str] | None,
        typer.Option(help="A public key, <name>:<base64>; none: those of this installation."),
    ] = None,
) -> None:
    """Check every byte of an archive, its blocks and its audit trail; ends with 1 if it is broken."""
    keys = dict(signatures.read_public_key(text) for text in key or ()) or signatures.public_keys()
    console = _console()
    try:
        found = check_evidence(file, public_keys=keys)
    except EvidenceBroken as broken:
        console.print(f"✗ {broken}")
        raise typer.Exit(1) from None
    about = found.manifest
    console.print(
        f"✓ {about['tenant']}, from {about['since']} to {about['until']}: "
        f"{found.blocks} blocks, {found.entries} entries of the audit trail"
    )


def _console() -> Console:
    return Console(soft_wrap=True, highlight=False, markup=False)
