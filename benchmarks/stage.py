"""A platform for measurements: a new embedded database, one demo tenant, real settings."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
import psycopg

from drills.running import ROOT, free_ports
from fondaco.kit import tuning
from fondaco.project import postgres
from fondaco.project.postgres import Server

SETTINGS: Final = "benchmarks.usual.settings"
TENANT: Final = "demo"
_START_TIMEOUT_S: Final = 60
SERVER: Final = {
    "shared_buffers": f"{min(4096, psutil.virtual_memory().total // 4 // 2**20)}MB",
    "max_wal_size": "16GB",
    "min_wal_size": "16GB",
    "checkpoint_timeout": "30min",
}
"""What a database server of its own is given: a quarter of the memory, and seldom a checkpoint.

The ledger's floors were found with the same, and 4 GB."""
LOG_MB: Final = 512
_SEGMENT_MB: Final = 16
_WRITE_SOME: Final = "SELECT pg_logical_emit_message(false, 'benchmark', ''), pg_switch_wal()"


@contextmanager
def database(folder: Path, *, log_mb: int = LOG_MB, **options: str) -> Iterator[Server]:
    """Run PostgreSQL on new data, load Django for it, and make the tenant, with the usual way's tables.

    ``log_mb`` is how much of its log the server finds in place, as one that has run for a while does.
    """
    with postgres.running(folder, SERVER) as server:
        _make_log(server, log_mb)
        os.environ.update(_environment(server, folder) | options)
        import_module("django").setup()
        schemas = import_module("fondaco.kit.django.tenancy.schemas")
        schemas.migrate_public()
        scope = schemas.create_tenant(name=TENANT, mode="demo").scope
        _make_usual_tables(scope)
        tuning.tune()  # callers in this process stand for those of a web process
        yield server
        import_module("django.db").connections.close_all()


def _make_log(server: Server, log_mb: int) -> None:
    """Go through so much of the log once, and leave its files to be written again.

    A server writes to files of old log. A new one has none, and fills each with zeros first, in the midst of
    somebody's commit, which is as much to write again as large batches log.
    """
    with psycopg.connect(server.superuser_url("postgres"), autocommit=True) as one:
        for _ in range(log_mb // _SEGMENT_MB):
            one.execute(_WRITE_SOME)
        one.execute("CHECKPOINT")


@contextmanager
def web(*, workers: int, threads: int) -> Iterator["Web"]:
    """Serve over HTTP as ``fondaco web`` does, but with the usual way's endpoint beside the real ones."""
    (port,) = free_ports(1)
    environment = os.environ | {
        "FONDACO_PORT": str(port),
        "FONDACO_WEB_WORKERS": str(workers),
        "FONDACO_WEB_THREADS": str(threads),
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
    }
    log = (Path(os.environ["FONDACO_DATA_DIR"]) / "web.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "fondaco", "web"],
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        running = Web(process.pid, port)
        running.wait()
        yield running
    finally:
        process.terminate()
        process.wait(30)
        log.close()


@contextmanager
def part(*words: str, **options: str) -> Iterator[psutil.Process]:
    """Run another part of the platform (``realtime``, ``worker``) on the same database."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    log = (Path(os.environ["FONDACO_DATA_DIR"]) / f"{words[0]}.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "fondaco", *words],
        cwd=ROOT,
        env=environment | options,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)
        log.close()


class Web:
    """A web process group under measurement."""

    def __init__(self, pid: int, port: int) -> None:
        """Know where it is."""
        self.port = port
        self._pid = pid

    def wait(self) -> None:
        """Wait until it answers.

        :raises TimeoutError: it does not in time
        """
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"http://127.0.0.1:{self.port}/livez", timeout=2).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise TimeoutError("the web process does not answer")

    def cpu_s(self) -> float:
        """Give the CPU seconds that the group has used so far."""
        return sum(cpu_of(process) for process in family(self._pid))


def database_cpu_s(server: Server) -> float:
    """Give the CPU seconds of the database's processes, those that have ended included."""
    pid = server.pid()
    if not pid:
        return 0.0
    ended = psutil.Process(pid).cpu_times()
    alive = sum(cpu_of(process) for process in family(pid))
    return alive + float(ended.children_user + ended.children_system)


def family(pid: int) -> Sequence[psutil.Process]:
    """List a process and all that descend from it."""
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def cpu_of(process: psutil.Process) -> float:
    """Give the CPU seconds of a process, none when it is gone."""
    try:
        used = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(used.user + used.system)


def _environment(server: Server, folder: Path) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "DATABASE_URL": server.url,
        "DATABASE_DIRECT_URL": server.url,
        "DATABASE_OWNER_URL": server.owner_url,
        "FONDACO_DATA_DIR": str(folder),
        "FONDACO_DEFAULT_TENANT": TENANT,
        "FONDACO_INTAKE_TIMEOUT_S": "60",  # a busy machine is slow, not broken
        "FONDACO_JWT_LIFETIME_S": "86400",
        "FONDACO_LOG_LEVEL": "warning",
    }


def _make_usual_tables(scope: Any) -> None:
    context = import_module("fondaco.kit.django.tenancy.context")
    connection = import_module("django.db").connections["owner"]
    usual = import_module("django.apps").apps.get_app_config("usual")
    with context.migrating(scope), connection.schema_editor() as editor:
        for model in usual.get_models():
            editor.create_model(model)
