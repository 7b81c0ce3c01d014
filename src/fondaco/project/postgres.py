"""Run an embedded PostgreSQL 18: no container, no system package, no port that is known beforehand.

Several processes may use one data folder at once (the supervisor, a shell, two test runs): the first starts
the server, the last stops it. Whoever is killed leaves a server behind that the next one takes over.
"""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote

import psycopg
from psycopg import sql

from fondaco.project.postgres_home import (
    Home,
    PostgresError,
    Secrets,
    find_home,
    free_port,
    is_free,
)

START_TIMEOUT_S: Final = 120.0
"""Recovery after a crash may take its time; the reason for waiting is in the log."""
STOP_TIMEOUT_S: Final = 30.0
PORT_PATIENCE_S: Final = 3.0
"""So long a port that somebody else has may become free again."""
LOG_BYTES_MAX: Final = 10_000_000
DATABASE: Final = "fondaco"
SUPERUSER: Final = "postgres"
OWNER: Final = "fondaco_owner"
APP: Final = "fondaco_app"

SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path ends at 107 bytes; a checkout's may be longer
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_locks_per_transaction": "512",  # a restore makes all tenants' tables in one transaction
    "min_wal_size": "512MB",  # recycled segments, or every burst of charges pays for making new files
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "io_method": "sync",  # the default keeps three more processes
    "jit": "off",  # compiling costs more than our short statements
    "timezone": "UTC",  # Etc/UTC would cost each connection a SET TIME ZONE
    "log_timezone": "UTC",
    "synchronous_commit": "on",
    "fsync": "on",
    "password_encryption": "scram-sha-256",
    "log_min_messages": "warning",
}

Connection = psycopg.Connection[tuple[Any, ...]]

_children: dict[int, "subprocess.Popen[bytes]"] = {}
_held: Final[list[IO[str]]] = []
"""What this process holds its servers with: the lock on such a file says that it uses one."""


@dataclass(frozen=True, slots=True)
class Server:
    """Describe a running embedded server."""

    home: Home
    secrets: Secrets

    @property
    def url(self) -> str:
        """Give the address for the application's role."""
        return self.url_for(APP, self.secrets.app)

    @property
    def owner_url(self) -> str:
        """Give the address for the role that owns schemas and migrations."""
        return self.url_for(OWNER, self.secrets.owner)

    @property
    def addresses(self) -> dict[str, str]:
        """Give the options that lead to this server; in capitals they are environment variables."""
        return {
            "database_url": self.url,
            "database_direct_url": self.url,
            "database_owner_url": self.owner_url,
        }

    @property
    def environment(self) -> dict[str, str]:
        """Give the environment variables that lead a child process to this server."""
        return {name.upper(): url for name, url in self.addresses.items()}

    def superuser_url(self, database: str = "postgres") -> str:
        """Give the address for the cluster's superuser."""
        return self.url_for(SUPERUSER, self.secrets.superuser, database)

    def url_for(self, role: str, password: str, database: str = DATABASE) -> str:
        """Write an address."""
        return f"postgresql://{role}:{quote(password)}@127.0.0.1:{self.secrets.port}/{database}"

    def pid(self) -> int | None:
        """Give the process id of the server, or none when it does not run."""
        return _live_pid(self.home.data)


@contextmanager
def running(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Have the server of a data folder run within the block; the last user stops it.

    :param settings: what differs from ``SETTINGS``; without effect when it runs already
    :raises PostgresError: it does not come up before the deadline
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    gate, users = folder / "postgres.gate", folder / "postgres.users"
    with users.open("a") as using:
        with _locked(gate):
            server = start(folder, settings)
            fcntl.flock(using, fcntl.LOCK_SH)
        _held.append(using)
        try:
            yield server
        finally:
            _held.remove(using)
            with _locked(gate):
                fcntl.flock(using, fcntl.LOCK_UN)
                if _is_last(using):
                    stop(server)
                else:
                    _let_go(server)


def disown() -> None:
    """Let go of what a forked process inherited: its parent uses the servers, and it must not outlive that.

    Closing is enough and unlocking would be too much: the lock is one, whoever of the two gives it back.
    """
    for using in _held:
        using.close()
    _held.clear()


def start(folder: Path, settings: Mapping[str, str] | None = None) -> Server:
    """Start the server of a data folder, making its cluster at the first time; wait until it answers.

    :raises PostgresError: it does not come up before the deadline
    """
    home = find_home(folder)
    path = folder / "postgres.json"
    if not path.exists():
        _set_aside(home.data)
    server = Server(home, Secrets.load(path))
    if not (home.data / "PG_VERSION").exists():
        _make_cluster(server)
    deadline = time.monotonic() + START_TIMEOUT_S
    connection = None
    while connection is None:
        # Looked at each time: what was alive a moment ago may just have been killed.
        if _live_pid(home.data) is None:
            server = _with_free_port(server, path)
            _launch(server, folder / "postgres.log", {**SETTINGS, **(settings or {})}, deadline)
        connection = _try_to_connect(server, deadline)
    with connection:
        _make_roles(connection, server.secrets)
    return server


def stop(server: Server) -> None:
    """Stop the server: fast, since the polite signal would wait for every idle client for ever."""
    pid = server.pid()
    if pid is None:
        return
    for how, patience_s in ((signal.SIGINT, STOP_TIMEOUT_S), (signal.SIGQUIT, STOP_TIMEOUT_S)):
        os.kill(pid, how)
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if not _is_server(pid, server.home.data):
                return
            time.sleep(0.02)
    raise PostgresError(f"PostgreSQL (process {pid}) does not stop.")


def _set_aside(data: Path) -> None:
    """Put what a removed folder of the same name has left out of the way: nobody has its passwords any more.

    Data that do not lie in the folder itself outlive it. They are kept under another name, never deleted.
    """
    if not (data / "PG_VERSION").exists():
        return
    if _live_pid(data) is not None:
        raise PostgresError(f"A server of a removed folder still runs on {data}; stop it first.")
    data.rename(data.with_name(f"{data.name}.left-{time.time_ns()}"))


def _let_go(server: Server) -> None:
    """Leave the server to its other users: it is our child no more, and outlives us without complaint."""
    child = _children.pop(server.pid() or 0, None)
    if child is not None:
        child.returncode = 0


def _make_cluster(server: Server) -> None:
    """Make the cluster under a name of its own first, so that a half-made one is never taken for whole."""
    data = server.home.data
    draft = data.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    word = data.with_name("postgres.word")
    word.touch(mode=0o600)
    word.write_text(server.secrets.superuser, encoding="utf-8")
    options: Any = server.home.process_options()
    if server.home.account is not None:
        for path in (draft, word):
            shutil.chown(path, server.home.account, options["group"])
    command = [
        str(server.home.binaries / "initdb"),
        *("-D", str(draft), "-U", SUPERUSER, f"--pwfile={word}", "--auth=scram-sha-256"),
        *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        *("--locale=C", "--set", "timezone=UTC"),
    ]
    try:
        made = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    finally:
        word.unlink()
    if made.returncode:
        raise PostgresError(f"The database cluster cannot be made: {made.stderr.strip()[-500:]}")
    draft.rename(data)


def _launch(server: Server, log: Path, settings: Mapping[str, str], deadline: float) -> None:
    """Start the process, again and again while something of the one before is still in the way."""
    arguments = [f"--{name}={value}" for name, value in settings.items()]
    command = [str(server.home.binaries / "postgres"), "-D", str(server.home.data)]
    command += [f"--port={server.secrets.port}", *arguments]
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.replace(log.with_suffix(".log.old"))
    options: Any = server.home.process_options()
    while True:
        _clear_the_way(server.home.data)
        with log.open("ab") as output:
            begun = output.tell()
            process = subprocess.Popen(
                command, stdout=output, stderr=output, start_new_session=True, **options
            )
        _children[process.pid] = process  # kept, so that the dead one is collected
        while process.poll() is None:
            if _is_open(server.secrets.port):
                return
            time.sleep(0.02)
        reason = log.read_bytes()[begun:].decode(errors="replace").strip()[-500:]
        if time.monotonic() > deadline or "shared memory" not in reason:
            raise PostgresError(f"PostgreSQL does not start: {reason}")
        time.sleep(0.2)


def _clear_the_way(data: Path) -> None:
    """Remove what a killed server left: its pid file, and backends that did not notice its death.

    A backend is known by its folder and its name; the number alone may by now belong to a stranger.
    """
    (data / "postmaster.pid").unlink(missing_ok=True)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = (folder / "cwd").readlink() == data
            name = (folder / "cmdline").read_bytes()
        except OSError:
            continue  # gone meanwhile, or somebody else's
        if is_ours and name.startswith(b"postgres:"):
            os.kill(int(folder.name), signal.SIGKILL)


def _with_free_port(server: Server, path: Path) -> Server:
    """Keep the server's port, or choose and write down another one when somebody else goes on having it."""
    until = time.monotonic() + PORT_PATIENCE_S
    while time.monotonic() < until:
        if is_free(server.secrets.port):
            return server
        time.sleep(0.05)
    secrets = replace(server.secrets, port=free_port())
    secrets.save(path)
    return replace(server, secrets=secrets)


def _try_to_connect(server: Server, deadline: float) -> Connection | None:
    """Connect as superuser; none while the server does not take connections yet.

    :raises PostgresError: it will not, or has not until the deadline
    """
    try:
        return psycopg.connect(server.superuser_url(), autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        if "password authentication" in str(error):
            raise PostgresError(
                f"The passwords kept beside {server.home.data} do not fit it."
            ) from None
        if time.monotonic() > deadline:
            raise PostgresError(f"PostgreSQL does not answer: {error}") from None
    time.sleep(0.05)
    return None


def _make_roles(connection: Connection, secrets: Secrets) -> None:
    """Make the two roles and the database at the first start."""
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        return
    for role, word in ((OWNER, secrets.owner), (APP, secrets.app)):
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), word)
            )
    create_database(connection, DATABASE)


def create_database(connection: Connection, name: str, template: str = "template0") -> None:
    """Make a database that the owner's role owns, as a copy of another one."""
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)
        )
    )


def _live_pid(data: Path) -> int | None:
    try:
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if _is_server(pid, data) else None


def _is_server(pid: int, data: Path) -> bool:
    """Tell whether a process is the server of these data; collect it if it is our dead child."""
    if pid in _children:
        _children[pid].poll()
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[0].endswith(b"/postgres") and str(data).encode() in words


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_last(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
