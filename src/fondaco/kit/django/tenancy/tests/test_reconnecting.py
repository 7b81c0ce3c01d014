"""A database that restarts costs no request of those that come after it."""

import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Any
from unittest.mock import Mock
from uuid import uuid4

import httpx
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connection, transaction

from fondaco.kit.django import jobs, tenancy
from fondaco.kit.django.tenancy.backend.base import DatabaseWrapper, tend_when_used

THREADS = 4
seen: list[int] = []


@jobs.task(queue="tests", is_system=True, name="tests.tell_backend")
def tell_backend() -> None:
    """Note over which connection the job works."""
    seen.append(backend())


def backend() -> int:
    """Give the server's process behind this thread's connection."""
    with tenancy.system_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def as_a_request(uses: int = 1) -> None:
    """Begin as a request does, and use the connection so often."""
    tend_when_used()
    for _ in range(uses):
        backend()


def ask() -> httpx.Response:
    """Ask as a web server does, with the signals that begin and end a request."""
    inside = httpx.WSGITransport(app=WSGIHandler())
    with httpx.Client(base_url="http://alpha.test", transport=inside) as client:
        login = {
            "identifier": f"{uuid4().hex}@example.com",
            "password": "violet-harbour-27-lanterns",
        }
        return client.post("/api/v1/auth/login", json=login)


@pytest.fixture
def end(superuser_connection: Any) -> Callable[[int], None]:
    """Give a function that ends a backend as a restart does, and waits until it is gone."""

    def function(number: int) -> None:
        query = "SELECT pg_terminate_backend(%s, 5000)"
        assert superuser_connection.execute(query, [number]).fetchone() == (True,)

    return function


@pytest.fixture(autouse=True)
def _connection_of_one_test() -> Iterator[None]:
    yield
    connection.close()


class TestEndedConnection:
    def test_is_replaced_where_a_request_begins(self, end: Callable[[int], None]) -> None:
        old = backend()
        end(old)
        connection.close_if_unusable_or_obsolete()
        assert backend() != old

    def test_is_replaced_where_a_request_first_uses_it(self, end: Callable[[int], None]) -> None:
        old = backend()
        end(old)
        copy_context().run(as_a_request)
        assert backend() != old

    def test_is_looked_at_once_for_each_request(self, monkeypatch: pytest.MonkeyPatch) -> None:
        looks, old = Mock(return_value=False), backend()
        monkeypatch.setattr(DatabaseWrapper, "_has_news", looks)
        for _ in range(2):
            copy_context().run(as_a_request, 2)
        assert (backend(), looks.call_count) == (old, 3)  # the third is for who is no request

    def test_is_left_alone_inside_a_transaction(self, monkeypatch: pytest.MonkeyPatch) -> None:
        looks = Mock(return_value=False)
        with tenancy.system_scope(), transaction.atomic():
            monkeypatch.setattr(DatabaseWrapper, "_has_news", looks)
            copy_context().run(as_a_request)
        assert looks.call_count == 0

    def test_is_replaced_where_a_job_begins(self, end: Callable[[int], None]) -> None:
        old = backend()
        end(old)
        tell_backend.handle()
        assert seen.pop() not in {0, old}

    def test_is_found_without_asking_the_server(self, monkeypatch: pytest.MonkeyPatch) -> None:
        old, asked = backend(), Mock()
        monkeypatch.setattr(DatabaseWrapper, "is_usable", asked)
        connection.close_if_unusable_or_obsolete()
        assert (backend(), asked.call_count) == (old, 0)

    def test_is_not_taken_for_one_whose_server_only_said_something(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = backend()
        monkeypatch.setattr(DatabaseWrapper, "_has_news", lambda _self: True)
        connection.close_if_unusable_or_obsolete()
        assert backend() == old

    def test_costs_no_web_thread_a_request(self, end: Callable[[int], None]) -> None:
        together = threading.Barrier(THREADS + 1)
        backends: list[int] = []
        answers: list[int] = []

        def serve() -> None:
            backends.append(backend())
            together.wait()  # all are connected
            together.wait()  # all are cut off
            answers.extend(ask().status_code for _ in range(2))
            connection.close()

        threads = [threading.Thread(target=serve) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        together.wait()
        assert len(set(backends)) == THREADS
        for number in backends:
            end(number)
        together.wait()
        for thread in threads:
            thread.join()
        assert answers == [401] * THREADS * 2

    def test_costs_one_request_with_a_hint_when_it_ends_in_its_midst(
        self, end: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        end(backend())
        with monkeypatch.context() as unnoticed:
            unnoticed.setattr(DatabaseWrapper, "_has_news", lambda _self: False)
            answer = ask()
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        assert answer.headers["Retry-After"] == "1"
        assert ask().status_code == 401

    def test_is_an_error_for_who_uses_it_at_once(self, end: Callable[[int], None]) -> None:
        end(backend())
        with pytest.raises(OperationalError):
            backend()
