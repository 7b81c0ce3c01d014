"""Commands that are loaded when they are asked for.

Starting Django takes half a second and 40 MB, which the supervisor and the servers' parents need not
spend: the table says which command needs it.
"""

import os
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, cast

import django
import typer
from typer.core import TyperCommand, TyperGroup

from fondaco.kit import tuning

_PACKAGE: Final = "fondaco.project.cli"

Command = TyperCommand | TyperGroup


@dataclass(frozen=True, slots=True)
class Entry:
    """Say where a command is, and whether its module can be loaded without Django."""

    module: str
    needs_django: bool = True


COMMANDS: Final = {
    "up": Entry("up", needs_django=False),
    "web": Entry("web", needs_django=False),
    "realtime": Entry("realtime", needs_django=False),
    "sandbox": Entry("sandbox", needs_django=False),
    "config": Entry("configuration", needs_django=False),
    "worker": Entry("worker"),
    "migrate": Entry("migrate"),
    "tenant": Entry("tenant"),
    "demo": Entry("demo"),
    "operator": Entry("operator"),
    "rates": Entry("rates"),
    "jobs": Entry("jobs"),
    "ledger": Entry("ledger"),
    "partitions": Entry("partitions"),
    "evidence": Entry("evidence"),
    "proofs": Entry("proofs"),
    "simulate": Entry("simulate", needs_django=False),
    "doctor": Entry("operations"),
    "probe": Entry("operations"),
    "backup": Entry("operations"),
    "restore": Entry("operations"),
    "maintenance": Entry("maintenance"),
    "keys": Entry("keys"),
    "show-urls": Entry("inspect"),
    "shell": Entry("inspect"),
    "dump-data": Entry("inspect"),
    "django": Entry("inspect"),
}
"""By name, in the order in which ``--help`` lists them. A module holds the commands of ``app``."""


class LazyCommands(MutableMapping[str, Command]):
    """Look like typer's dictionary of commands, and load each at its first use."""

    def __init__(self) -> None:
        """Know the names alone."""
        self._extra: dict[str, Command] = {}
        self._loaded: dict[str, Command] = {}

    def __getitem__(self, name: str) -> Command:
        """Give a command, loading its module first."""
        if name not in self._loaded:
            self._loaded[name] = self._extra.get(name) or _load(name, COMMANDS[name])
        return self._loaded[name]

    def __setitem__(self, name: str, command: Command) -> None:
        """Add a command that is loaded already."""
        self._extra[name] = command

    def __delitem__(self, name: str) -> None:
        """Forget a command that was added."""
        del self._extra[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter([*COMMANDS, *self._extra])

    def __len__(self) -> int:
        """Count the names."""
        return len(COMMANDS) + len(self._extra)


class LazyGroup(TyperGroup):
    """Hold the commands of the table."""

    def __init__(self, **attributes: Any) -> None:
        """Take typer's arguments; the commands come from the table."""
        super().__init__(**attributes)
        self.commands = LazyCommands()  # type: ignore[assignment] # typer asks for a dict and uses it as a mapping

    def list_commands(self, ctx: Any) -> list[str]:
        """Give the names in the table's order."""
        del ctx
        return list(self.commands)


def _load(name: str, entry: Entry) -> Command:
    with tuning.loading():
        if entry.needs_django:
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.project.settings")
            django.setup()
        module = import_module(f"{_PACKAGE}.{entry.module}")
    command: Any = typer.main.get_command(module.app)
    if isinstance(command, TyperGroup) and name in command.commands:
        command = command.commands[name]
    command.name = name
    return cast("Command", command)
