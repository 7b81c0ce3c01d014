"""Fixtures of all tests, those beside the code and those under ``tests``.

Importing this module loads Django, so that modules of tests may import models; the database itself is
copied when the first test begins. See ``tests/plumbing/database.py`` for what that means.
"""

import gc
from collections.abc import Callable, Generator, Iterator
from importlib import import_module
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Final
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from drills.scale import scaled
from fondaco.project.postgres import OWNER
from tests.plumbing import alone, certificates, database, declared, order, passwords, tools
from tests.plumbing.api import ApiClient

OBJECTS: Final = 10_000
"""So many are made before garbage is searched for; a request makes some thousands."""
_server: Final = database.begin()
_tenancy: Final = import_module("fondaco.kit.django.tenancy")
_schemas: Final = import_module("fondaco.kit.django.tenancy.schemas")
declared.watch()
certificates.trust_one(database.FOLDER)
# How fast examples are made says something of the machine and nothing of the code. Each run draws others.
settings.register_profile(
    "house",
    deadline=None,
    max_examples=scaled(200, at_least=40),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")


@pytest.fixture(scope="session", autouse=True)
def _own_database() -> Iterator[None]:
    """Give this process a database of its own before its first test."""
    with database.own_copy(_server):
        yield


@pytest.fixture(scope="session", autouse=True)
def _password_memory() -> Iterator[int]:
    """Have a hash of a password cost next to nothing, since nearly every test makes people."""
    with passwords.taking(passwords.LIGHT_KIB) as full_kib:
        yield full_kib


@pytest.fixture
def full_passwords(_password_memory: int) -> Iterator[None]:
    """Have passwords hashed within the test as the platform does it."""
    with passwords.taking(_password_memory):
        yield


@pytest.fixture(autouse=True)
def _answers_are_declared() -> Iterator[None]:
    """Fail a test in which an operation answers a code that it does not declare."""
    with declared.demanded():
        yield


@pytest.fixture
def tenant() -> Iterator[Any]:
    """Run the test in the scope of tenant ``alpha``, and give that scope."""
    with _tenancy.scope("alpha") as scope:
        yield scope


@pytest.fixture
def other_tenant() -> Any:
    """Give the scope of tenant ``beta``, not opened."""
    return _tenancy.get_scope("beta")


@pytest.fixture(scope="session")
def fresh_tenant() -> Callable[..., Any]:
    """Give a function that makes a tenant which no other test uses, and gives its scope.

    It takes ``mode`` (``demo`` unless told) and ``hosts`` (``<name>.test`` unless told).
    """

    def make(*, mode: str = "demo", hosts: list[str] | None = None) -> Any:
        name = f"fresh_{uuid4().hex[:12]}"
        host = name.replace("_", "-") + ".test"
        made = _schemas.create_tenant(name=name, mode=mode, hosts=hosts or [host])
        return made.scope

    return make


@pytest.fixture(scope="session")
def live_tenant(fresh_tenant: Callable[..., Any]) -> Any:
    """Give the scope of a live tenant that all tests share, as they share ``alpha``."""
    return fresh_tenant(mode="live")


@pytest.fixture
def api() -> ApiClient:
    """Give a client of tenant ``alpha``."""
    return ApiClient("alpha.test")


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Path]:
    """Give an empty folder that every account may enter, as a database needs that root starts.

    Folders of ``tmp_path`` are closed to others; there the database would move to ``/var/lib`` and stay.
    """
    database.FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="open-", dir=database.FOLDER))
    folder.chmod(0o755)
    yield folder
    rmtree(folder, ignore_errors=True)


@pytest.fixture
def owner_connection() -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    """Connect to this process's database as the role that owns it; each statement commits at once."""
    url = _server.url_for(OWNER, _server.secrets.owner, database.NAME)
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def superuser_connection() -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    """Connect to this process's database as the cluster's superuser; each statement commits at once."""
    with database.superuser(_server, database.NAME) as connection:
        yield connection


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let a test that must run alone do so."""
    with alone.turn(item):
        return (yield)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what others would wait for; chance has ordered the tests before."""
    order.sort(items)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Search for no garbage while all is imported, since next to nothing of it is."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Have the collector of garbage search what tests make, now and then, and not what was imported."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS, *gc.get_threshold()[1:])


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a program that this machine lacks."""
    tools.skip_if_missing(item)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much could not be tested here."""
    missing = tools.count_skipped(terminalreporter.stats.get("skipped", []))
    terminalreporter.write_line(f"skipped for missing tools: {missing}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail CI when a test was skipped for a missing program."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(session.config, "workerinput"):
        return
    if tools.are_demanded() and tools.count_skipped(reporter.stats.get("skipped", [])):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
