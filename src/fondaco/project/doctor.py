"""Look at the machine, the settings and the database, and say in plain sentences what is missing."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.db import Error, connections

from fondaco.kit import clock
from fondaco.kit.django import tenancy
from fondaco.kit.django.health import check_database
from fondaco.kit.django.tenancy import directory
from fondaco.kit.options import options, unknown_variables

POSTGRES_LEAST: Final = 160_000
_MB: Final = 1_000_000
_CLOCKS_APART_MAX: Final = timedelta(seconds=1)
_SPARE_CONNECTIONS: Final = 20
"""For worker, realtime, relay and whoever looks in by hand."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold what one look found."""

    is_good: bool
    sentence: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Look at everything; what depends on the database is left out when that does not answer."""
    yield _python()
    yield _disk()
    yield from _settings()
    reachable = _database_answers()
    yield reachable
    if reachable.is_good:
        for look in _LOOKS:
            yield look()


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding(
        sys.version_info >= (3, 11), f"Python is {version}", "Take Python 3.11 or newer."
    )


def _disk() -> Finding:
    folder = Path(options().data_dir)
    free = shutil.disk_usage(folder if folder.exists() else Path.cwd()).free // _MB
    return Finding(
        free >= options().disk_free_min_mb,
        f"{free} MB of disk are free",
        f"Readiness fails below {options().disk_free_min_mb} MB (FONDACO_DISK_FREE_MIN_MB).",
    )


def _settings() -> Iterator[Finding]:
    yield Finding(is_good=True, sentence=f"the settings are those of {options().environment}")
    for name in unknown_variables():
        yield Finding(
            is_good=False,
            sentence=f"{name} is set, but there is no such option",
            remedy="fondaco config lists all options.",
        )


def _database_answers() -> Finding:
    try:
        version = _value("SHOW server_version")
    except Error as error:
        return Finding(
            is_good=False,
            sentence=f"the database does not answer: {str(error).strip()}",
            remedy="Look at DATABASE_URL and at the server's log.",
        )
    return Finding(is_good=True, sentence=f"PostgreSQL {version} answers")


def _version() -> Finding:
    number = int(_value("SHOW server_version_num"))
    return Finding(
        number >= POSTGRES_LEAST,
        "PostgreSQL is new enough" if number >= POSTGRES_LEAST else "PostgreSQL is too old",
        "Take PostgreSQL 16 or newer.",
    )


def _schemas() -> Finding:
    check = check_database()
    return Finding(check.is_good, check.detail or "all schemas are migrated", "fondaco migrate")


def _tenants() -> Finding:
    names = [tenant.name for tenant in directory.list_scopes()]
    chosen = options().default_tenant
    is_good = bool(names) and (not chosen or chosen in names)
    listed = ", ".join(names) or "none"
    return Finding(
        is_good,
        f"tenants: {listed}; the default one is {chosen or 'not set'}",
        "fondaco tenant create NAME, or another FONDACO_DEFAULT_TENANT.",
    )


def _role() -> Finding:
    is_superuser = _value("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    owns = _value("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole::oid")
    is_good = not is_superuser and not owns
    return Finding(
        is_good,
        "the application's role owns nothing"
        if is_good
        else "the application's role could change the ledger's tables",
        "Give DATABASE_URL a role of its own, and the owner's to DATABASE_OWNER_URL.",
    )


def _connections() -> Finding:
    most = int(_value("SHOW max_connections"))
    wanted = options().web_workers * options().web_threads + _SPARE_CONNECTIONS
    return Finding(
        wanted <= most,
        f"up to {wanted} connections are used, the server takes {most}",
        "Raise max_connections, lower FONDACO_WEB_THREADS, or put PgBouncer between.",
    )


def _clocks() -> Finding:
    before = clock.now()
    there = _value("SELECT clock_timestamp()")
    # Where the answer takes its time, nothing is known of the clocks but that it was read in between.
    apart = max(before - there, there - clock.now(), timedelta(0))
    return Finding(
        apart <= _CLOCKS_APART_MAX,
        f"the clocks here and in the database are {apart.total_seconds():.2f} s apart",
        "Let NTP set both clocks.",
    )


def _durability() -> Finding:
    is_good = _value("SHOW fsync") == "on" and _value("SHOW synchronous_commit") == "on"
    return Finding(
        is_good,
        "what is committed survives a power cut" if is_good else "a power cut may undo commits",
        "Set fsync and synchronous_commit to on.",
    )


_LOOKS: Final[tuple[Callable[[], Finding], ...]] = (
    _version,
    _schemas,
    _tenants,
    _role,
    _connections,
    _clocks,
    _durability,
)


def _value(statement: str) -> Any:
    with tenancy.system_scope(), connections["default"].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]
