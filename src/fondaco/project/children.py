"""Child processes of the supervisor: started, restarted when they die, stopped in time."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final, Protocol

RESTARTS_AT_ONCE: Final = 5
"""A child that dies more often within the window is started again after a pause, which doubles each time."""
RESTART_WINDOW_S: Final = 60.0
PAUSE_S: Final = 0.5
PAUSE_S_MAX: Final = 15.0
_PROBE_TIMEOUT_S: Final = 3.0
_LOOK_EVERY_S: Final = 0.02
_TAIL: Final = 12
_OK: Final = 200


class ChildFailed(Exception):
    """Say which process does not run, with the end of its log."""


class Running(Protocol):
    """Be a process that was started, which a program and a fork both are."""

    @property
    def pid(self) -> int:
        """Give the id of the process."""

    def poll(self) -> int | None:
        """Give the exit status, or none while it runs."""

    def wait(self) -> int | None:
        """Wait for its end, and give the exit status."""

    def terminate(self) -> None:
        """Send SIGTERM, unless it has ended."""

    def kill(self) -> None:
        """Send SIGKILL, unless it has ended."""


Launch = Callable[[Sequence[str], Path], Running]


def start_program(arguments: Sequence[str], log: Path) -> Running:
    """Start a command as a program of its own, in a session of its own, with its output in a log."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "fondaco", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


@dataclass(slots=True)
class Child:
    """Hold one process and what is needed to start it again."""

    name: str
    arguments: tuple[str, ...]
    log: Path
    port: int | None = None
    path: str | None = None
    """Answers 200 when the process is healthy; without path an open port is enough, without port its life."""
    host: str = "127.0.0.1"
    launch: Launch = start_program
    """Starts it in a session of its own, so that Ctrl-C reaches the supervisor alone."""
    process: Running | None = None
    _deaths: list[float] = field(default_factory=list)
    _is_mourned: bool = False
    """Whether its present death is counted."""
    _paused_until: float = 0.0

    def start(self) -> None:
        """Start the process."""
        self._is_mourned = False
        self.process = self.launch(self.arguments, self.log)

    def is_running(self) -> bool:
        """Tell whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def is_healthy(self) -> bool:
        """Ask the process whether it serves."""
        if not self.is_running():
            return False
        if self.port is None:
            return True
        if self.path is None:
            return is_taken(self.host, self.port)
        asking = HTTPConnection(self.host, self.port, timeout=_PROBE_TIMEOUT_S)
        try:
            asking.request("GET", self.path)
            return asking.getresponse().status == _OK
        except (OSError, HTTPException):
            return False
        finally:
            asking.close()

    def revive(self) -> bool:
        """Start the dead process again; gives whether that was done, or waits for the end of a pause.

        It is never given up: what keeps it from coming up, a database that recovers or a disk that is full,
        is more often put right than not, and the other processes go on meanwhile.
        """
        now = time.monotonic()
        if not self._is_mourned:
            self._is_mourned = True
            self._deaths = [at for at in self._deaths if now - at < RESTART_WINDOW_S] + [now]
            over = len(self._deaths) - RESTARTS_AT_ONCE
            pause_s = min(PAUSE_S * 2 ** (over - 1), PAUSE_S_MAX) if over > 0 else 0.0
            self._paused_until = now + pause_s
        if now < self._paused_until:
            return False
        self._signal(signal.SIGKILL)  # what it started may have outlived it
        self.start()
        return True

    def ask_to_stop(self) -> None:
        """Send SIGTERM: finish what was accepted, then end."""
        if self.is_running() and self.process is not None:
            self.process.terminate()

    def wait(self, deadline: float) -> None:
        """Wait for the end, and end the whole group by force when the deadline has passed."""
        if self.process is None:
            return
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY_S)
        self._signal(signal.SIGKILL)
        self.process.kill()  # where it is so new that it leads no group yet
        self.process.wait()

    def end(self) -> None:
        """End the whole group by force; it will be started again."""
        self.wait(time.monotonic())

    def obituary(self) -> str:
        """Tell the end of its log."""
        with suppress(OSError):
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
            return "\n".join([f"{self.name} does not run. The end of {self.log}:", *lines[-_TAIL:]])
        return f"{self.name} does not run."

    def _signal(self, number: signal.Signals) -> None:
        """Signal the group that the process leads."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


def is_taken(host: str, port: int) -> bool:
    """Tell whether somebody listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(_PROBE_TIMEOUT_S)
        return probe.connect_ex((host, port)) == 0
