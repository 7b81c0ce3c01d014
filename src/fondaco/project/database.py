"""Which database a command works on: the configured one, or the embedded one while the command runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dj_database_url
from django.conf import settings
from django.db import connections

from fondaco.kit import options
from fondaco.project import postgres
from fondaco.project.postgres import Server


@contextmanager
def available() -> Iterator[None]:
    """Have a database within the block; child processes find it in their environment.

    :raises PostgresError: the embedded server does not come up
    """
    if options.options().database_url:
        yield
        return
    with postgres.running(Path(options.options().data_dir)) as server, pointed_to(server):
        yield
        if settings.configured:
            connections.close_all()


@contextmanager
def pointed_to(server: Server) -> Iterator[None]:
    """Have options, settings and child processes name a server whose port is known only once it runs."""
    os.environ.update(server.environment)
    with options.override(**server.addresses):
        if settings.configured:
            _point_settings_to(server)
        yield


def _point_settings_to(server: Server) -> None:
    for alias, url in (("default", server.url), ("owner", server.owner_url)):
        parsed = dj_database_url.parse(url)
        for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT"):
            connections.databases[alias][name] = parsed[name]
