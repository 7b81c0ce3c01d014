"""A real PostgreSQL for the tests: a template is migrated once, each process of a run works on a copy.

Tests commit what they write, as the platform does; they make their own customers instead of cleaning up.
A copy stays until the next run drops it: removing its many thousand files takes as long as a minute of tests.
"""

import atexit
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import django
import psycopg
from django.db import connections

from fondaco.kit.options import Options
from fondaco.project import postgres
from fondaco.project.postgres import Server

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "var" / "test"
TENANTS: Final = ("alpha", "beta")
NAME: Final = f"test_{os.getpid()}"

_TEMPLATE_LOCK: Final = FOLDER / "template.lock"
_ENVIRONMENT: Final = {
    "ALLOWED_HOSTS": ".test,localhost,127.0.0.1",
    "FONDACO_DATA_DIR": str(FOLDER),
    "FONDACO_LOG_LEVEL": "error",
    "FONDACO_RATE_LIMITS": "false",
    "DJANGO_SETTINGS_MODULE": "fondaco.project.settings",
}


def begin() -> Server:
    """Have the server run until this process ends, and load Django for this process's own database."""
    server = _ending.enter_context(postgres.running(FOLDER))
    for name in list(os.environ):
        if name.startswith("FONDACO_") or name in _PLAIN_NAMES:
            del os.environ[name]
    app, owner = server.secrets.app, server.secrets.owner
    os.environ.update(_ENVIRONMENT)
    os.environ["DATABASE_URL"] = server.url_for(postgres.APP, app, NAME)
    os.environ["DATABASE_DIRECT_URL"] = os.environ["DATABASE_URL"]
    os.environ["DATABASE_OWNER_URL"] = server.url_for(postgres.OWNER, owner, NAME)
    django.setup()
    return server


@contextmanager
def own_copy(server: Server) -> Iterator[None]:
    """Have this process's own database within the block."""
    with superuser(server) as connection, _TEMPLATE_LOCK.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        template = _ready_template(connection)
        _drop(connection, NAME)  # of a process of the same number
        postgres.create_database(connection, NAME, template)
    try:
        yield
    finally:
        connections.close_all()


def superuser(server: Server, database: str = "postgres") -> "psycopg.Connection[tuple[Any, ...]]":
    """Connect as the cluster's superuser; each statement commits at once."""
    return psycopg.connect(server.superuser_url(database), autocommit=True)


def _ready_template(connection: "psycopg.Connection[tuple[Any, ...]]") -> str:
    """Give the template that fits the code, making it if there is none; drop what nobody uses any more."""
    wanted = f"template_{_digest()}"
    names = _names(connection)
    if wanted not in names:
        _drop(connection, "template_new")
        postgres.create_database(connection, "template_new")
        with _pointing_to("template_new"):
            _fill()
        connection.execute(f"ALTER DATABASE template_new RENAME TO {wanted}")
    for name in names:
        stale_template = name.startswith("template_") and name != wanted
        if stale_template or (name.startswith("test_") and not _is_used(name)):
            _drop(connection, name)
    return wanted


def _fill() -> None:
    # By name, since its models can be imported only now that Django is loaded.
    schemas = import_module("fondaco.kit.django.tenancy.schemas")
    schemas.migrate_public()
    for name in TENANTS:
        schemas.create_tenant(name=name, mode="demo", hosts=[f"{name}.test"])


@contextmanager
def _pointing_to(database: str) -> Iterator[None]:
    before = {}
    for alias in ("default", "owner"):
        connections[alias].close()
        before[alias] = connections[alias].settings_dict["NAME"]
        connections[alias].settings_dict["NAME"] = database
    try:
        yield
    finally:
        for alias, name in before.items():
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = name


def _digest() -> str:
    """Sum up what decides the template's content: migrations, and modules that seed new tenants."""
    total = hashlib.sha256(django.__version__.encode())
    for path in sorted((ROOT / "src/fondaco").rglob("*.py")):
        text = path.read_bytes()
        if path.parent.name == "migrations" or b"on_create" in text:
            total.update(str(path.relative_to(ROOT)).encode() + text)
    return total.hexdigest()[:16]


def _names(connection: "psycopg.Connection[tuple[Any, ...]]") -> list[str]:
    return [name for (name,) in connection.execute("SELECT datname FROM pg_database")]


def _is_used(name: str) -> bool:
    """Tell whether the process that a copy is named after still lives."""
    return Path("/proc", name.removeprefix("test_")).exists()


def _drop(connection: "psycopg.Connection[tuple[Any, ...]]", name: str) -> None:
    connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


_PLAIN_NAMES: Final = frozenset(
    str(field.json_schema_extra["env"])
    for field in Options.model_fields.values()
    if isinstance(field.json_schema_extra, dict) and field.json_schema_extra["env"]
)
_ending: Final = ExitStack()
atexit.register(_ending.close)
