"""Run the whole platform on one machine: database, migrations, demo tenant, and the four kinds of process.

One loop in one thread. SIGINT and SIGTERM only set a flag, which every step looks at; so there is one way
to stop, from whichever step, and nothing is left behind. A second signal stops without waiting for what was
accepted.
"""

import hashlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Final

import fondaco
from fondaco.kit.django import metrics_home
from fondaco.kit.options import Options
from fondaco.project import database, forks, postgres
from fondaco.project.children import Child, ChildFailed, Launch, is_taken, start_program
from fondaco.project.postgres import Server

HEALTHY_WITHIN_S: Final = 90.0
GRACE_S: Final = 5.0
"""What a process gets beyond its own time to finish, before it is ended by force."""
_LOOK_EVERY_S: Final = 0.1
_SOURCES: Final = Path(fondaco.__file__).parent

Say = Callable[[str], None]


class CannotRun(Exception):
    """Say in one sentence why the platform does not start."""


@dataclass(slots=True)
class Supervisor:
    """Start everything, keep it running, stop all of it."""

    options: Options
    say: Say
    """Told in a few words what is being done."""
    _children: list[Child] = field(default_factory=list)
    _pointing: ExitStack = field(default_factory=ExitStack)
    """Says where the database is, to this process and to all that it starts."""
    _signals: int = 0

    @property
    def is_stopping(self) -> bool:
        """Tell whether somebody asked to stop."""
        return self._signals > 0

    def run(self, announce: Callable[[], None]) -> None:
        """Start everything, announce that it is healthy, and stay until a signal; then stop all of it.

        :raises CannotRun: a port is busy, a step fails, a process does not come up
        """
        self._refuse_busy_ports()
        with self._listening_to_signals(), self._database() as server:
            try:
                self._prepare(server)
                self._start()
                self._wait_until_healthy()
                if not self.is_stopping:
                    announce()
                self._watch(server)
            except ChildFailed as error:
                raise CannotRun(str(error)) from None
            finally:
                self._stop()

    def _refuse_busy_ports(self) -> None:
        for variable, port in (
            ("FONDACO_PORT", self.options.port),
            ("FONDACO_REALTIME_PORT", self.options.realtime_port),
            ("FONDACO_SANDBOX_PORT", self.options.sandbox_port),
        ):
            if is_taken(self.options.host, port):
                raise CannotRun(
                    f"Port {port} is in use; choose another one with {variable}, "
                    "or stop what listens there (perhaps another Fondaco)."
                )

    @contextmanager
    def _listening_to_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self._on_signal) for number in _STOPPING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._signals += 1

    @contextmanager
    def _database(self) -> Iterator[Server | None]:
        if self.options.database_url:
            yield None
            return
        self.say("starting PostgreSQL")
        with postgres.running(Path(self.options.data_dir)) as server, self._pointing:
            self._pointing.enter_context(database.pointed_to(server))
            yield server
            self.say("stopping PostgreSQL")

    def _prepare(self, server: Server | None) -> None:
        """Migrate and seed in a process of its own, whose memory is given back.

        An embedded database that this very code prepared before is left alone: looking takes a second.
        """
        note = Path(self.options.data_dir) / "prepared"
        digest = self._digest(server) if server else ""
        if self.is_stopping or (digest and note.exists() and note.read_text() == digest):
            return
        self.say("migrating the schemas")
        command = [sys.executable, "-m", "fondaco", "migrate", "--demo"]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        if process.stdout is None:
            raise CannotRun("The schemas cannot be migrated.")
        lines = []
        for line in process.stdout:
            lines.append(line.rstrip())
            self.say(lines[-1])
        if process.wait():
            raise CannotRun("The schemas cannot be migrated:\n" + "\n".join(lines))
        if digest:
            note.write_text(digest, encoding="utf-8")

    def _digest(self, server: Server) -> str:
        """Sum up what decides the outcome: the migrations, the cluster and some options."""
        chosen = self.options
        limits = f"{chosen.lock_timeout_ms} {chosen.statement_timeout_ms}"
        decisive = f"{server.secrets.superuser} {chosen.default_tenant} {limits}"
        total = hashlib.sha256(decisive.encode())
        for path in sorted(_SOURCES.rglob("migrations/*.py")):
            total.update(path.read_bytes())
        for name in ("django", "procrastinate"):
            total.update(version(name).encode())
        return total.hexdigest()

    def _start(self) -> None:
        if self.is_stopping:
            return
        self.say("starting the processes")
        folder = Path(self.options.data_dir)
        metrics_home.clear(folder / "metrics")
        # The children inherit it: they must know before they import.
        metrics_home.prepare(folder / "metrics")
        (folder / "log").mkdir(exist_ok=True)
        self._children = list(self._parts(folder / "log"))
        # The programs first: they start on another processor while this one loads the platform.
        for child in self._children:
            if child.launch is start_program:
                child.start()
        forks.load()
        for child in self._children:
            if child.launch is not start_program and not self.is_stopping:
                child.start()

    def _parts(self, logs: Path) -> Iterator[Child]:
        chosen = self.options
        places: dict[str, tuple[int | None, str | None, Launch]] = {
            "web": (chosen.port, "/readyz", forks.Fork),
            "realtime": (chosen.realtime_port, "/livez", forks.Fork),
            "worker": (None, None, forks.Fork),
        }
        if chosen.environment == "development" and find_spec("sandbox") is not None:
            # It stays in the checkout, and is somebody else's: it has nothing of ours in its memory.
            places["sandbox"] = (chosen.sandbox_port, None, start_program)
        for name, (port, path, launch) in places.items():
            log = logs / f"{name}.log"
            yield Child(name, (name,), log, port, path, chosen.host, launch=launch)

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + HEALTHY_WITHIN_S
        waiting = list(self._children)
        while waiting and not self.is_stopping:
            self.say("waiting for " + ", ".join(child.name for child in waiting))
            for child in waiting:
                if not child.is_running():
                    raise ChildFailed(child.obituary())
            waiting = [child for child in waiting if not child.is_healthy()]
            if waiting and time.monotonic() > deadline:
                raise ChildFailed(waiting[0].obituary())
            time.sleep(_LOOK_EVERY_S if waiting else 0)

    def _watch(self, server: Server | None) -> None:
        """Stay until a signal; whoever dies meanwhile is started again."""
        while not self.is_stopping:
            time.sleep(_LOOK_EVERY_S)
            if server is not None and server.pid() is None:
                self.say("PostgreSQL died; starting it again")
                server = self._restart(server)
            for child in self._children:
                if not child.is_running() and child.revive():
                    self.say(f"{child.name} died; started it again")

    def _restart(self, server: Server) -> Server:
        """Start the database again; where it has another port now, whoever knew the old one begins anew."""
        again = postgres.start(Path(self.options.data_dir).resolve())
        if again.environment != server.environment:
            self.say("PostgreSQL has another port; starting the processes anew")
            self._pointing.enter_context(database.pointed_to(again))
            for child in self._children:
                child.end()
        return again

    def _stop(self) -> None:
        if self._children:
            self.say("stopping the processes")
        for child in self._children:
            child.ask_to_stop()
        deadline = time.monotonic() + self.options.shutdown_timeout_s + GRACE_S
        for child in self._children:
            while child.is_running() and self._signals < _IMPATIENT and time.monotonic() < deadline:
                time.sleep(_LOOK_EVERY_S / 5)
            child.wait(time.monotonic())


_STOPPING: Final = (signal.SIGINT, signal.SIGTERM)
_IMPATIENT: Final = 2
"""So many signals end the waiting."""
