"""The embedded PostgreSQL: made, found again, shared, repaired."""

import os
import signal
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest

from fondaco.project import postgres
from fondaco.project.postgres import Server
from fondaco.project.postgres_home import PostgresError, Secrets


@pytest.fixture(scope="module")
def folder(open_folder: Path) -> Path:
    return open_folder / "var"


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    with postgres.running(folder) as running:
        yield running


def ask(server: Server, statement: str) -> str:
    with psycopg.connect(server.url) as connection:
        row = connection.execute(statement).fetchone()
    assert row is not None
    return str(row[0])


def is_gone(pid: int) -> bool:
    """Tell whether a process ended; whoever inherited it may collect it later."""
    with suppress(FileNotFoundError):
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


class TestServer:
    def test_keeps_its_passwords_to_us(self, server: Server, folder: Path) -> None:
        assert stat.S_IMODE((folder / "postgres.json").stat().st_mode) == 0o600
        with pytest.raises(psycopg.OperationalError, match="password authentication"):
            psycopg.connect(server.url_for(postgres.APP, "guessed"))

    def test_listens_on_the_loopback_address_alone(self, server: Server) -> None:
        assert ask(server, "SHOW listen_addresses") == "127.0.0.1"
        assert not list(server.home.data.glob(".s.PGSQL*"))

    @pytest.mark.parametrize(
        ("setting", "value"),
        [
            ("timezone", "UTC"),
            ("jit", "off"),
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("data_checksums", "on"),
            ("max_connections", "200"),
        ],
    )
    def test_has_our_settings(self, server: Server, setting: str, value: str) -> None:
        assert ask(server, f"SHOW {setting}") == value

    def test_sorts_alike_on_every_machine(self, server: Server) -> None:
        found = (
            "SELECT concat(datlocprovider, datlocale) FROM pg_database WHERE datname = 'fondaco'"
        )
        assert ask(server, found) == "bC.UTF-8"

    def test_lets_the_application_make_nothing(self, server: Server) -> None:
        with (
            psycopg.connect(server.url) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("CREATE TABLE public.own ()")

    def test_finds_its_data_again(self, folder: Path) -> None:
        with (
            postgres.running(folder) as first,
            psycopg.connect(first.owner_url, autocommit=True) as connection,
        ):
            connection.execute("CREATE TABLE IF NOT EXISTS public.kept ()")
        assert first.pid() is None
        with (
            postgres.running(folder) as second,
            psycopg.connect(second.owner_url) as connection,
        ):
            assert connection.execute("SELECT count(*) FROM public.kept").fetchone() == (0,)

    def test_runs_until_its_last_user_leaves(self, folder: Path) -> None:
        with postgres.running(folder) as first:
            with postgres.running(folder) as second:
                assert first.pid() == second.pid()
            assert first.pid() is not None
        assert first.pid() is None

    def test_takes_another_port_when_its_own_is_busy(self, folder: Path) -> None:
        postgres.stop(postgres.start(folder))
        secrets = Secrets.load(folder / "postgres.json")
        with (
            socket.create_server(("127.0.0.1", secrets.port)),
            postgres.running(folder) as server,
        ):
            assert server.secrets.port != secrets.port
            assert ask(server, "SELECT 1") == "1"


class TestCrash:
    def test_is_recovered_from_at_the_next_start(self, folder: Path) -> None:
        with postgres.running(folder) as server:
            pid = server.pid()
            assert pid is not None
            with psycopg.connect(server.owner_url, autocommit=True) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS public.crash (n int)")
                connection.execute("INSERT INTO public.crash VALUES (7)")
            os.kill(pid, signal.SIGKILL)
            again = postgres.start(folder)
            with psycopg.connect(again.owner_url) as connection:
                row = connection.execute("SELECT max(n) FROM public.crash").fetchone()
            assert row == (7,)

    def test_of_the_parent_leaves_a_backend_that_is_taken_away(self, folder: Path) -> None:
        with postgres.running(folder) as server:
            pid = server.pid()
            assert pid is not None
            with closing(psycopg.connect(server.owner_url)) as connection:
                busy = connection.info.backend_pid
                connection.pgconn.send_query(b"SELECT pg_sleep(60)")
                time.sleep(0.2)
                os.kill(pid, signal.SIGKILL)
                again = postgres.start(folder)
                assert ask(again, "SELECT 1") == "1"
                assert is_gone(busy)

    def test_leaves_a_pid_file_that_may_name_a_stranger(self, folder: Path) -> None:
        with postgres.running(folder) as server:
            data = server.home.data
        (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")
        with postgres.running(folder) as again:
            assert again.pid() not in {None, os.getpid()}


class TestAServerThatCannotRun:
    def test_says_why(self, folder: Path) -> None:
        with pytest.raises(PostgresError, match="no_such_setting"):
            postgres.start(folder, {"no_such_setting": "1"})

    def test_sets_aside_what_a_removed_folder_has_left(self, folder: Path) -> None:
        with postgres.running(folder) as server:
            data = server.home.data
        (folder / "postgres.json").unlink()
        with postgres.running(folder) as server:
            assert server.home.data == data
        left = list(data.parent.glob("postgres.left-*"))
        assert [(one / "PG_VERSION").exists() for one in left] == [True]

    def test_says_that_the_passwords_do_not_fit(self, folder: Path) -> None:
        path = folder / "postgres.json"
        postgres.stop(postgres.start(folder))
        kept = path.read_text()
        secrets = Secrets.load(path)
        Secrets(secrets.port, "wrong", secrets.owner, secrets.app).save(path)
        try:
            with pytest.raises(PostgresError, match="do not fit"):
                postgres.start(folder)
        finally:
            path.write_text(kept)
            postgres.stop(postgres.start(folder))
