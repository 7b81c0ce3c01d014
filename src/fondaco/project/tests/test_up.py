"""``fondaco up`` as its user meets it: started, hurt, stopped, started again."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest

from fondaco.project.children import is_taken
from fondaco.project.postgres_home import free_port

GONE_WITHIN_S = 120
BACK_WITHIN_S = 120


class Platform:
    """One platform of a test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = [free_port() for _ in range(3)]
        self.process: subprocess.Popen[str] | None = None

    def start(self, until: str = "Log in as", **settings: str) -> list[str]:
        """Start it and give what it printed until it was healthy or gave up."""
        names = ("FONDACO_PORT", "FONDACO_REALTIME_PORT", "FONDACO_SANDBOX_PORT")
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("FONDACO_", "DATABASE_", "ALLOWED_", "COV_"))
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fondaco", "up"],
            env=kept
            | {"FONDACO_DATA_DIR": str(self.folder / "var"), "PYTHONPATH": "src:."}
            | {name: str(port) for name, port in zip(names, self.ports, strict=True)}
            | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            lines.append(line.rstrip())
            if line.startswith(until):
                break
        return lines

    def stop(self, how: signal.Signals = signal.SIGTERM) -> list[psutil.Process]:
        """Ask it to stop, and give the processes that are still there."""
        assert self.process is not None
        everything = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(how)
        self.process.communicate(timeout=GONE_WITHIN_S)
        return psutil.wait_procs(everything, timeout=30)[1]

    def part(self, name: str) -> psutil.Process:
        """Give the process of one part."""
        assert self.process is not None
        children = psutil.Process(self.process.pid).children()
        return next(one for one in children if name in _words_of(one))

    def open_files(self) -> set[str]:
        """Name what the processes of the platform hold open, but for the supervisor and the database."""
        assert self.process is not None
        found = set()
        for name in ("web", "realtime", "worker", "sandbox"):
            part = self.part(name)
            for one in (part, *part.children(recursive=True)):
                links = Path(f"/proc/{one.pid}/fd").iterdir()
                found |= {str(link.readlink()) for link in links if link.is_symlink()}
        return found

    def is_gone(self) -> bool:
        """Tell whether nothing of it listens any more, the database included."""
        database = json.loads((self.folder / "var/postgres.json").read_text())["port"]
        return not any(is_taken("127.0.0.1", port) for port in (*self.ports, database))

    def answers(self) -> bool:
        """Tell whether it is ready."""
        asking = HTTPConnection("127.0.0.1", self.ports[0], timeout=5)
        try:
            asking.request("GET", "/readyz")
            return asking.getresponse().status == 200
        except OSError:
            return False
        finally:
            asking.close()

    def comes_back(self) -> bool:
        """Wait until it is ready again."""
        deadline = time.monotonic() + BACK_WITHIN_S
        while time.monotonic() < deadline:
            if self.answers():
                return True
            time.sleep(0.1)
        return False


def _words_of(process: psutil.Process) -> list[str]:
    """Give the words that a process is called by; the dead have none, and must not hide who follows them."""
    try:
        return " ".join(process.cmdline()).split()
    except psutil.Error:
        return []


@pytest.fixture
def platform(open_folder: Path) -> Iterator[Platform]:
    made = Platform(open_folder)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop()


@pytest.mark.long
@pytest.mark.timeout(400)
class TestUp:
    def test_runs_everything_until_it_is_told_to_stop_and_finds_its_data_again(
        self, platform: Platform
    ) -> None:
        printed = platform.start()
        assert any(line.startswith("Fondaco runs.") for line in printed), printed
        assert platform.answers()
        files = platform.open_files()
        assert str(platform.folder / "var/log/web.log") in files
        assert str(platform.folder / "var/postgres.users") not in files
        path = platform.folder / "var/demo-people.json"
        kept = path.read_text()
        names = {one["username"] for one in json.loads(kept)}
        assert {"johnwick", "bookshop", "operator"} <= names

        for name in ("worker", "web"):
            killed = platform.part(name)
            killed.kill()
            deadline = time.monotonic() + BACK_WITHIN_S
            while time.monotonic() < deadline and not self._has_another(platform, name, killed):
                time.sleep(0.1)
            assert self._has_another(platform, name, killed)
        assert platform.comes_back()

        self._kill_the_database_and_take_its_port(platform)
        assert platform.comes_back()

        assert platform.stop(signal.SIGINT) == []
        assert platform.process is not None
        assert platform.process.returncode == 0
        assert platform.is_gone()

        self._stops_while_it_starts(platform)
        self._gives_up_where_a_part_does(platform)

        platform.start()
        assert platform.answers()
        assert path.read_text() == kept
        assert platform.stop() == []

    def test_names_a_busy_port_in_one_sentence(self, platform: Platform) -> None:
        with socket.create_server(("127.0.0.1", platform.ports[1])):
            printed = platform.start()
        text = " ".join(printed)
        assert f"Port {platform.ports[1]} is in use" in text
        assert "FONDACO_REALTIME_PORT" in text
        assert "Traceback" not in text
        assert platform.process is not None
        platform.process.communicate(timeout=GONE_WITHIN_S)
        assert platform.process.returncode == 1

    def _stops_while_it_starts(self, platform: Platform) -> None:
        platform.start(until="… starting the processes")
        assert platform.stop() == []
        assert platform.process is not None
        assert platform.process.returncode == 0
        assert platform.is_gone()

    def _gives_up_where_a_part_does(self, platform: Platform) -> None:
        with socket.create_server(("127.0.0.1", 0)) as busy:
            printed = platform.start(FONDACO_METRICS_PORT=str(busy.getsockname()[1]))
        assert platform.process is not None
        platform.process.communicate(timeout=GONE_WITHIN_S)
        assert platform.process.returncode == 1
        assert any("does not run. The end of" in line for line in printed), printed
        assert platform.is_gone()

    def _kill_the_database_and_take_its_port(self, platform: Platform) -> None:
        """Have it come up at another port, which all others must learn."""
        assert platform.process is not None
        path = platform.folder / "var/postgres.json"
        port = json.loads(path.read_text())["port"]
        platform.process.send_signal(signal.SIGSTOP)
        platform.part("-D").kill()
        while is_taken("127.0.0.1", port):
            time.sleep(0.05)
        with socket.create_server(("127.0.0.1", port)):
            platform.process.send_signal(signal.SIGCONT)
            deadline = time.monotonic() + BACK_WITHIN_S
            while time.monotonic() < deadline and json.loads(path.read_text())["port"] == port:
                time.sleep(0.05)
        assert json.loads(path.read_text())["port"] != port

    def _has_another(self, platform: Platform, name: str, killed: psutil.Process) -> bool:
        """Tell whether a part runs in another process; what was killed may live for a moment still."""
        try:
            return platform.part(name).pid != killed.pid
        except (StopIteration, psutil.Error):
            return False
