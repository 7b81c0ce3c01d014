"""Run a whole platform in a folder of its own, as its operator would: ``fondaco up``."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx
import psutil

from fondaco.project.postgres_home import free_port

ROOT: Final = Path(__file__).resolve().parent.parent
START_TIMEOUT_S: Final = 120
STOP_TIMEOUT_S: Final = 60
RECOVERY_TIMEOUT_S: Final = 90

_COMMANDS: Final = {
    "web": ("fondaco web",),
    "worker": ("fondaco worker",),
    "realtime": ("fondaco realtime", "fondaco.project.asgi realtime"),
    "sandbox": ("fondaco sandbox",),
}
"""Words of a process's command line that tell which part of the platform it is."""


class Platform:
    """Start, hurt and stop one platform; its data lies in a folder that the caller gives."""

    def __init__(self, folder: Path, **settings: str) -> None:
        """Choose free ports; nothing is started yet."""
        self.folder = folder
        self.port, self._realtime_port, self._sandbox_port = free_ports(3)
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "platform.log"
        self._environment = _environment(
            {
                "FONDACO_DATA_DIR": str(folder / "var"),
                "FONDACO_PORT": str(self.port),
                "FONDACO_REALTIME_PORT": str(self._realtime_port),
                "FONDACO_SANDBOX_PORT": str(self._sandbox_port),
            }
            | settings
        )

    def __enter__(self) -> Self:
        """Start and wait until ready."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop all of it."""
        self.stop()

    @property
    def pid(self) -> int:
        """Give the process id of the supervisor."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> float:
        """Start the platform and give the seconds until it was ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)  # the database's own account must be able to pass
        began = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "fondaco", "up"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_until_ready(START_TIMEOUT_S)
        return time.perf_counter() - began

    def wait_until_ready(self, timeout_s: float = RECOVERY_TIMEOUT_S) -> None:
        """Wait until the web process answers that it is ready.

        :raises TimeoutError: it does not in time; the end of the log is in the message
        """
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                break
            if self._is_ready():
                return
            time.sleep(0.05)
        raise TimeoutError(f"the platform is not ready:\n{self.log_tail()}")

    def run(self, *arguments: str) -> str:
        """Run a ``fondaco`` command against this platform and give what it printed.

        :raises subprocess.CalledProcessError: the command failed
        """
        done = subprocess.run(
            [sys.executable, "-m", "fondaco", *arguments],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if done.returncode:
            raise AssertionError(f"fondaco {' '.join(arguments)}: {done.stdout}\n{done.stderr}")
        return done.stdout

    def processes(self) -> list[psutil.Process]:
        """List the supervisor and everything that it started, the database included."""
        supervisor = psutil.Process(self.pid)
        return [supervisor, *supervisor.children(recursive=True)]

    def find(self, part: str) -> list[psutil.Process]:
        """List the processes of one part: web, worker, realtime, sandbox, or the postgres postmaster.

        What web, worker, realtime and sandbox started belongs to them.
        """
        if part == "postgres":
            return [p for p in self.processes() if _is_postmaster(p)]
        words = _COMMANDS[part]
        found = [p for p in self.processes() if any(word in _command(p) for word in words)]
        # What a part started has another name, and would go on serving without it.
        return list(dict.fromkeys(one for p in found for one in (p, *_started_by(p))))

    def kill(self, part: str) -> None:
        """Kill a part without warning (SIGKILL)."""
        found = self.find(part)
        assert found, f"nothing of {part} is running:\n{self.log_tail()}"
        for process in found:
            with _already_gone():
                process.send_signal(signal.SIGKILL)

    def wait_until_back(self, part: str) -> None:
        """Wait until a part that was killed runs again, and the web process answers that it is ready.

        :raises TimeoutError: it does not in time; the end of the log is in the message
        """
        deadline = time.monotonic() + RECOVERY_TIMEOUT_S
        while not self.find(part):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{part} does not come back:\n{self.log_tail()}")
            time.sleep(0.05)
        self.wait_until_ready()

    def stop(self) -> float:
        """Ask the supervisor to stop, and give the seconds until everything was gone."""
        if self._process is None:
            return 0.0
        began, everything = time.perf_counter(), self.processes()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        finally:
            self._process = None
        _, alive = psutil.wait_procs(everything, timeout=5)
        assert not alive, f"still running after the stop: {alive}"
        return time.perf_counter() - began

    def log_tail(self, size: int = 4000) -> str:
        """Give the end of what the platform has printed."""
        return self._log.read_text(errors="replace")[-size:] if self._log.exists() else ""

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("FONDACO_", "DATABASE_", "PYTEST_"))
    }
    paths = [str(ROOT / "src"), str(ROOT), kept.get("PYTHONPATH", "")]
    return kept | {"PYTHONPATH": os.pathsep.join(p for p in paths if p)} | dict(settings)


def free_ports(count: int) -> list[int]:
    """Give ports of the loopback address that nobody uses, and that no outgoing connection will get."""
    found: set[int] = set()
    while len(found) < count:
        found.add(free_port())
    return list(found)


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def _started_by(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _is_postmaster(process: psutil.Process) -> bool:
    try:
        return process.name() == "postgres" and "-D" in process.cmdline()
    except psutil.NoSuchProcess:
        return False


@contextmanager
def _already_gone() -> Iterator[None]:
    try:
        yield
    except (psutil.NoSuchProcess, ProcessLookupError):
        return
