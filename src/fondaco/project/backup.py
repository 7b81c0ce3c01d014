"""Write the whole platform into a folder, and make it whole again from there.

A backup is the database (PostgreSQL's custom format), the stored files (sealed, as they lie), and a
manifest with their digests. The encryption keys are **not** in it: keep them elsewhere; without them
neither the sealed columns nor the files can be read.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from fondaco import __version__
from fondaco.kit import clock
from fondaco.kit.django import readers, tenancy
from fondaco.kit.django.tenancy import directory, schemas
from fondaco.kit.options import options
from fondaco.ledger.verify import Verification, verify
from fondaco.project.postgres_home import BINARIES

DATABASE: Final = "database.dump"
FILES: Final = "files.tar"
MANIFEST: Final = "manifest.json"
_CHUNK: Final = 1 << 20
_VARIABLES: Final = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}

Say = Callable[[str], None]


class BackupError(Exception):
    """Say in one sentence why there is no backup, or why nothing was restored."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Tell what is in a backup."""

    version: str
    """Of the platform that wrote it."""
    made_at: str
    tenants: Sequence[str]
    sha256: Mapping[str, str]
    """Digest of each file of the backup by its name."""


def backup(*, target: Path, say: Say) -> Manifest:
    """Write a backup into a folder that must not exist yet; reading and writing go on meanwhile.

    :raises BackupError: the folder exists, or the database cannot be dumped
    """
    if target.exists():
        raise BackupError(f"{target} exists already; a backup never overwrites another one.")
    draft = target.with_name(f".{target.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    try:
        manifest = _write(draft, say)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def restore(*, source: Path, say: Say) -> dict[str, Verification]:
    """Fill an empty database and an empty store of files, then prove every tenant's ledger.

    Gives what was recomputed by tenant; a difference there is for the caller to report.

    :raises BackupError: the backup is damaged, something is there already, or PostgreSQL refuses
    """
    manifest = read_manifest(source)
    _check_digests(source, manifest, say)
    _refuse_non_empty()
    say("filling the database")
    _run(
        "pg_restore",
        "--exit-on-error",
        "--single-transaction",
        "--no-owner",
        f"--dbname={_where()['PGDATABASE']}",
        str(source / DATABASE),
    )
    if (source / FILES).exists():
        say("unpacking files")
        _unpack(source / FILES)
    return _settle(say)


def read_manifest(source: Path) -> Manifest:
    """Give what a backup says of itself.

    :raises BackupError: it is none
    """
    try:
        return Manifest(**json.loads((source / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise BackupError(f"{source} is no backup: it has no readable {MANIFEST}.") from None


def find_program(name: str) -> str:
    """Give the path of a program of PostgreSQL: that of the embedded server, else that of the machine.

    :raises BackupError: there is neither
    """
    embedded = BINARIES / name
    found = str(embedded) if embedded.exists() else shutil.which(name)
    if found is None:
        raise BackupError(f"{name} is not installed; it comes with PostgreSQL.")
    return found


def _write(folder: Path, say: Say) -> Manifest:
    say("dumping the database")
    _run("pg_dump", "--format=custom", f"--file={folder / DATABASE}")
    store = _store()
    if store.is_dir():
        # After the database: a file that came meanwhile does no harm, a row without its file would.
        say("packing files")
        with tarfile.open(folder / FILES, "w") as archive:
            archive.add(store, arcname=".", filter=_plain)
    say("summing up")
    sums = {path.name: _sha256(path) for path in sorted(folder.iterdir())}
    tenants = [tenant.name for tenant in directory.list_scopes()]
    manifest = Manifest(__version__, clock.now().isoformat(), tenants, sums)
    text = json.dumps(asdict(manifest), indent=2) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return manifest


def _settle(say: Say) -> dict[str, Verification]:
    """Bring the restored tables up to this version's, make events readable, and prove the books."""
    schemas.migrate_all(progress=lambda schema: say(f"migrating {schema}"))
    found = {}
    for tenant in directory.list_scopes():
        with tenancy.scope(tenant):
            say(f"proving the ledger of {tenant.name}")
            readers.rebase()
            found[tenant.name] = verify()
    return found


def _refuse_non_empty() -> None:
    with psycopg.connect(_owner_url()) as connection:
        (there,) = connection.execute(_FIRST_RELATION).fetchone() or (None,)
    if there:
        raise BackupError(f"The database is not empty (it has {there}); restore into a new one.")
    store = _store()
    if store.exists() and any(store.iterdir()):
        raise BackupError(f"{store} is not empty; move it away first.")


_FIRST_RELATION: Final = """
    SELECT min(format('%I.%I', namespace.nspname, relation.relname))
    FROM pg_class AS relation JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
    WHERE namespace.nspname NOT LIKE 'pg\\_%' AND namespace.nspname <> 'information_schema'
"""


def _check_digests(source: Path, manifest: Manifest, say: Say) -> None:
    say("checking the backup")
    for name, digest in manifest.sha256.items():
        path = source / name
        if not path.is_file() or _sha256(path) != digest:
            raise BackupError(f"{path} is missing or damaged.")


def _unpack(archive: Path) -> None:
    store = _store()
    store.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tarfile.open(archive) as packed:
        for member in packed.getmembers():
            # Spelled out, since tarfile's own filter for this came only with Python 3.11.4.
            path = PurePosixPath(member.name)
            if path.is_absolute() or ".." in path.parts or _plain(member) is None:
                raise BackupError(f"{archive} holds {member.name}, which no backup does.")
            member.mode = 0o700 if member.isdir() else 0o600
            packed.extract(member, store, set_attrs=True)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Pack files and folders only, and no account's name."""
    if not (member.isfile() or member.isdir()):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _run(program: str, *arguments: str) -> None:
    command = [find_program(program), "--no-password", *arguments]
    done = subprocess.run(
        command, env={**os.environ, **_where()}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{program}: {_last_line(done.stderr)}")


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it failed and does not say why"


def _where() -> dict[str, str]:
    """Name the database in the environment, so that no password stands in a list of processes."""
    parts: Mapping[str, Any] = conninfo_to_dict(_owner_url())
    return {_VARIABLES[name]: str(value) for name, value in parts.items() if name in _VARIABLES}


def _owner_url() -> str:
    chosen = options()
    url = chosen.database_owner_url or chosen.database_direct_url or chosen.database_url
    if not url:
        raise BackupError("No database is configured; set DATABASE_OWNER_URL.")
    return url


def _store() -> Path:
    return Path(options().data_dir) / "files"


def _sha256(path: Path) -> str:
    total = hashlib.sha256()
    for chunk in _chunks(path):
        total.update(chunk)
    return total.hexdigest()


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
