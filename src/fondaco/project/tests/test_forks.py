"""What a fork of the supervisor inherits, and what it does not; each in a process that has no threads."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

BEGIN: Final = """
import atexit, json, os, signal, sys, threading
from pathlib import Path
from fondaco.project import forks, postgres
from fondaco.project.cli import entry
folder = Path(sys.argv[1])
log = folder / "part.log"
"""

TELL: Final = (
    BEGIN
    + """
def tell():
    atexit.register(print, "its own end", flush=True)
    links = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
    told = {
        "arguments": sys.argv[1:],
        "leads a session": os.getsid(0) == os.getpid(),
        "dies of SIGTERM": signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
        "is interrupted": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
        "is deaf to": len(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        "files": [os.readlink(link) for link in links if os.path.exists(link)],
        "command": Path("/proc/self/cmdline").read_bytes().strip(b"\\0 ").decode(),
        "input": sys.stdin.read(),
    }
    print(json.dumps(told), flush=True)
    print("and a complaint", file=sys.stderr)
    sys.exit(7)

entry.main = tell
using = (folder / "users").open("a")
postgres._held.append(using)
atexit.register(print, "the end of the parent")
signal.signal(signal.SIGTERM, lambda *_: None)
fork = forks.Fork(("web", "--only", "callbacks"), log)
assert fork.wait() == 7
assert fork.poll() == 7
assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())
assert not using.closed and postgres._held == [using]
"""
)

END: Final = (
    BEGIN
    + """
import time
entry.main = lambda: time.sleep(600)
for how, number in (("terminate", signal.SIGTERM), ("kill", signal.SIGKILL)):
    fork = forks.Fork((), log)
    assert fork.poll() is None
    getattr(fork, how)()
    assert fork.wait() == -number
    fork.terminate()
"""
)

COMMAND: Final = (
    BEGIN
    + """
assert forks.Fork(("--version",), log).wait() == 0
assert forks.Fork(("no-such-command",), log).wait() == 2
"""
)

THREAD: Final = (
    BEGIN
    + """
ended = threading.Event()
threading.Thread(target=ended.wait, name="a thread").start()
try:
    forks.Fork(("--version",), log)
except forks.CannotFork as error:
    assert "a thread" in str(error)
    print("refused")
ended.set()
assert not log.exists()
"""
)

CONNECTION: Final = (
    BEGIN
    + """
from django.db import connection
connection.ensure_connection()
try:
    forks.Fork(("--version",), log)
except forks.CannotFork:
    print("refused")
connection.close()
assert not log.exists()
assert forks.Fork(("--version",), log).wait() == 0
"""
)

LOAD: Final = (
    BEGIN
    + """
import gc
forks.load()
forks.load()
assert "fondaco.console.urls" in sys.modules
assert "fondaco.project.wsgi" not in sys.modules, "it begins to serve when it is loaded"
assert gc.isenabled()
assert gc.get_freeze_count() > 100_000
assert forks.Fork(("--version",), log).wait() == 0
"""
)


def run(program: str, folder: Path) -> str:
    """Run a program that forks, and give what it printed; it must not fail."""
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "fondaco.project.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class TestFork:
    def test_begins_as_a_process_of_its_own(self, tmp_path: Path) -> None:
        printed = run(TELL, tmp_path)
        told, *rest = (tmp_path / "part.log").read_text().splitlines()
        found: dict[str, Any] = json.loads(told)
        files = found.pop("files")
        assert found == {
            "arguments": ["web", "--only", "callbacks"],
            "leads a session": True,
            "dies of SIGTERM": True,
            "is interrupted": True,
            "is deaf to": 0,
            "command": "fondaco web --only callbacks",
            "input": "",
        }
        assert str(tmp_path / "part.log") in files
        assert str(tmp_path / "users") not in files, "it would hold the database after its parent"
        assert sorted(rest) == ["and a complaint", "its own end"]
        assert printed == "the end of the parent\n"

    def test_ends_as_it_is_told(self, tmp_path: Path) -> None:
        run(END, tmp_path)

    def test_runs_commands_as_a_program_would(self, tmp_path: Path) -> None:
        run(COMMAND, tmp_path)
        log = (tmp_path / "part.log").read_text()
        assert log.startswith("fondaco ")
        assert "no-such-command" in log

    def test_is_not_made_of_a_process_with_threads(self, tmp_path: Path) -> None:
        assert run(THREAD, tmp_path) == "refused\n"

    def test_is_not_made_of_a_process_with_connections(self, tmp_path: Path) -> None:
        assert run(CONNECTION, tmp_path) == "refused\n"

    def test_can_be_made_of_a_process_that_has_loaded_the_platform(self, tmp_path: Path) -> None:
        run(LOAD, tmp_path)
