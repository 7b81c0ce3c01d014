"""``fondaco doctor``, ``probe``, ``backup``, ``restore``: for whoever keeps the platform running."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from fondaco.kit.errors import InvalidField
from fondaco.kit.options import options
from fondaco.project import backup as backups, database, demo, doctor as doctors
from fondaco.project.cli.progress import Progress
from fondaco.project.probe import Probe

app = typer.Typer()


@app.command()
def doctor() -> None:
    """Look at the machine, the settings and the database, and say what is missing."""
    console = Console(soft_wrap=True, highlight=False, markup=False)
    bad = 0
    with database.available():
        for finding in doctors.examine():
            console.print(f"{'✓' if finding.is_good else '✗'} {finding.sentence}")
            if not finding.is_good:
                bad += 1
                console.print(f"  {finding.remedy}")
    if bad:
        raise typer.Exit(1)
    console.print("Nothing is missing.")


@app.command()
def probe(
    *,
    base_url: Annotated[str, typer.Option(help="Where it runs; none: this machine.")] = "",
    identifier: Annotated[str, typer.Option(help="FONDACO_PROBE_IDENTIFIER unless told.")] = "",
) -> None:
    """Log in, move the smallest amount and read it back, as a customer would, over HTTP."""
    chosen = options()
    who, password = identifier or chosen.probe_identifier, chosen.probe_password.get_secret_value()
    if not password:
        who, password = _demo_person(who)
    console = Console(soft_wrap=True, highlight=False, markup=False)
    address = base_url or f"http://{chosen.host}:{chosen.port}"
    Probe(
        address,
        who,
        password,
        lambda step, took_s: console.print(f"✓ {step}: {took_s * 1000:.0f} ms"),
    ).run()
    console.print("It works.")


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
) -> None:
    """Write database and files into a folder; the encryption keys are not in it."""
    with database.available(), _in_one_sentence(), Progress("backing up") as progress:
        backups.backup(target=target, say=progress.say)
    progress.conclude(
        f"Everything is in {target}. Keep the encryption keys elsewhere: it has none."
    )


@app.command()
def restore(source: Annotated[Path, typer.Argument(help="The folder of a backup.")]) -> None:
    """Bring a backup back into an empty database, and verify the ledgers."""
    with database.available(), _in_one_sentence(), Progress("reading the backup") as progress:
        proved = backups.restore(source=source, say=progress.say)
    for tenant, found in proved.items():
        said = found.difference or "every balance follows from the transfers"
        progress.conclude(f"{'✗' if found.difference else '✓'} {tenant}: {said}")
    if any(found.difference for found in proved.values()):
        raise typer.Exit(1)


@contextmanager
def _in_one_sentence() -> Iterator[None]:
    try:
        yield
    except backups.BackupError as error:
        Console(stderr=True, soft_wrap=True, markup=False).print(str(error), style="bold red")
        raise typer.Exit(1) from None


def _demo_person(username: str) -> tuple[str, str]:
    """Give a person of the demo with a password, the first one unless named."""
    path = Path(options().data_dir) / demo.PEOPLE_FILE
    people = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    for one in people:
        if username in {"", one["username"]}:
            return one["username"], one["password"]
    raise InvalidField(
        "Set FONDACO_PROBE_IDENTIFIER and FONDACO_PROBE_PASSWORD to a customer with two wallets."
    )
