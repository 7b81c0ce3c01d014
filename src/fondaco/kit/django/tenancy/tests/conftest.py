"""A PgBouncer in transaction mode, with fewer server connections than there are clients."""

import os
import pwd
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psycopg
import pytest
from django.db import connections

from fondaco.kit.django import tenancy
from tests.plumbing import tools

_START_S: Final = 60
_SERVER_CONNECTIONS: Final = 2

_CONFIGURATION: Final = """
[databases]
* = host={HOST} port={PORT} dbname={NAME} user={USER} password={PASSWORD}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
auth_type = any
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 100
unix_socket_dir =
"""


@pytest.fixture(scope="session")
def pooled_port() -> Iterator[int]:
    """Run PgBouncer before this process's database and give its port."""
    program = tools.find("pgbouncer")
    assert program is not None
    port, settings = _free_port(), connections["default"].settings_dict
    with TemporaryDirectory() as folder:
        path = Path(folder, "pgbouncer.ini")
        path.write_text(_CONFIGURATION.format(port=port, size=_SERVER_CONNECTIONS, **settings))
        account = _account(path)
        with subprocess.Popen([program, "--quiet", str(path)], cwd="/", **account) as process:
            try:
                _wait_for(port)
                yield port
            finally:
                process.terminate()


@pytest.fixture
def alias(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give a connection of the wanted sort: ``direct``, ``pgbouncer`` or ``pool`` (Django's own)."""
    sort = getattr(request, "param", "direct")
    settings = dict(connections["default"].settings_dict)
    if sort == "pgbouncer":
        settings |= {"HOST": "127.0.0.1", "PORT": request.getfixturevalue("pooled_port")}
    if sort == "pool":
        pool = {"min_size": 1, "max_size": 12, "timeout": 10}
        settings |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
        settings["OPTIONS"] = settings["OPTIONS"] | {"pool": pool}
    connections.settings[sort] = settings
    try:
        yield sort
    finally:
        with tenancy.system_scope():
            connections[sort].close()
            if sort == "pool":
                connections[sort].close_pool()  # type: ignore[attr-defined] # PostgreSQL's wrapper has it
        del connections[sort]
        del connections.settings[sort]


def _account(path: Path) -> dict[str, Any]:
    """PgBouncer refuses to run as root: take the account that PostgreSQL's tests take."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    for owned in (path, path.parent):
        os.chown(owned, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        try:
            psycopg.connect(host="127.0.0.1", port=port, dbname="any", user="any").close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
