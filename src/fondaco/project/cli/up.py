"""``fondaco up``: the whole platform on this machine."""

import json
from pathlib import Path

import typer
from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from fondaco.kit.options import Options, options
from fondaco.project.supervisor import CannotRun, Supervisor

app = typer.Typer()


@app.command()
def up() -> None:
    """Start database, web, realtime, sandbox and worker; stay until Ctrl-C."""
    console = Console(highlight=False, soft_wrap=True)
    chosen = options()
    # It is drawn when something is said, and by no thread: processes are forked meanwhile.
    spinner = Spinner("dots", "starting")
    with Live(spinner, console=console, transient=True, auto_refresh=False) as status:

        def say(words: str) -> None:
            if console.is_terminal:
                spinner.update(text=words)
                status.refresh()
            elif words not in said:
                said.append(words)
                console.print(f"… {words}")

        def announce() -> None:
            status.stop()
            _announce(console, chosen)

        said: list[str] = []
        try:
            Supervisor(chosen, say).run(announce)
        except CannotRun as error:
            status.stop()
            console.print(str(error), style="bold red", markup=False)
            raise typer.Exit(1) from None
    console.print("Stopped.")


def _announce(console: Console, chosen: Options) -> None:
    """Say where to look and whom to log in as."""
    table = Table.grid(padding=(0, 2))
    web = f"http://{chosen.host}:{chosen.port}"
    table.add_row("API", f"{web}/api/v1")
    table.add_row("its description", f"{web}/api/v1/openapi.json")
    table.add_row("health", f"{web}/readyz")
    table.add_row("realtime", f"ws://{chosen.host}:{chosen.realtime_port}/ws")
    table.add_row("sandbox", f"http://{chosen.host}:{chosen.sandbox_port}")
    table.add_row("logs", str(Path(chosen.data_dir) / "log"))
    console.print("[bold]Fondaco runs.[/] Try it: make tour. Stop it: Ctrl-C.")
    console.print(table)
    people = Path(chosen.data_dir) / "demo-people.json"
    if people.exists():
        console.print("[bold]Log in as[/]")
        logins = Table.grid(padding=(0, 2))
        for one in json.loads(people.read_text(encoding="utf-8")):
            logins.add_row(one["username"], one["password"], one["role"], one["name"])
        console.print(logins)
