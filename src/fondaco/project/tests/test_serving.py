"""Granian hands requests to the workers and sends what they answer, whenever that is."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from drills.running import free_ports
from fondaco.kit.options import options
from fondaco.project import serving
from fondaco.project.workers import Workers

WITHIN_S = 60
TOGETHER = 4


class Server:
    """A granian of a test's own."""

    def __init__(self) -> None:
        (self.port,) = free_ports(1)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fondaco.project.tests.slow_application", str(self.port)]
        )

    def ask(self, path: str, body: bytes = b"") -> httpx.Response:
        return httpx.post(f"http://127.0.0.1:{self.port}{path}", content=body, timeout=WITHIN_S)

    def wait(self) -> None:
        until = time.monotonic() + WITHIN_S
        while True:
            try:
                self.ask("/")
            except httpx.TransportError:
                assert time.monotonic() < until
                time.sleep(0.05)
            else:
                return


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    try:
        made.wait()
        yield made
    finally:
        made.process.kill()
        made.process.wait()


def test_answers_come_when_they_are_there_and_what_was_taken_is_finished(server: Server) -> None:
    assert server.ask("/there").text == "/there"
    assert server.ask("/stream").text == "one two three"
    assert server.ask("/fails").status_code == 500
    with ThreadPoolExecutor(TOGETHER) as pool:
        # Each waits for all others, so the one thread must have taken them all.
        asked = [
            pool.submit(server.ask, f"/together?{TOGETHER}", b"body %d" % n)
            for n in range(TOGETHER)
        ]
        answers = [one.result() for one in asked]
        assert [(one.status_code, one.content) for one in answers] == [
            (201, b"body %d" % n) for n in range(TOGETHER)
        ]
        last = pool.submit(server.ask, "/waits", b"last")
        until = time.monotonic() + WITHIN_S
        while server.ask("/waiting").text == "0":
            assert time.monotonic() < until
        server.process.send_signal(signal.SIGTERM)
        assert last.result().content == b"last"
    assert server.process.wait(WITHIN_S) == 0


class Protocol:
    """Take what would be sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def response_bytes(self, status: int, headers: object, body: bytes) -> None:
        self.sent = [status, headers, body]


class Body:
    """Give a body, and count how often it was asked for."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.asked = 0

    def read(self, length: int) -> bytes:
        self.asked += 1
        return self.content[:length]


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({"CONTENT_LENGTH": "4"}, 1),
        ({"CONTENT_LENGTH": "0"}, 0),
        ({}, 0),
        ({"CONTENT_LENGTH": "four"}, 0),
        ({"CONTENT_LENGTH": "²"}, 0),
        ({"CONTENT_LENGTH": "9" * 5000}, 0),
        ({"CONTENT_LENGTH": "4", "HTTP_TRANSFER_ENCODING": "chunked"}, 0),
    ],
)
def test_a_body_that_its_headers_refuse_is_not_read(headers: dict[str, str], asked: int) -> None:
    body, got = Body(b"body"), list[bytes]()
    _take(body, headers, got)
    assert (body.asked, got) == (asked, [b"body" if asked else b""])


def test_a_body_above_the_limit_is_not_read() -> None:
    body, got = Body(b"body"), list[bytes]()
    _take(body, {"CONTENT_LENGTH": str(options().body_bytes_max + 1)}, got)
    assert (body.asked, got) == (0, [b""])


def test_another_release_of_granian_is_refused_rather_than_served_wrongly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr("granian.server.mp._wsgi_call_wrap")
    with pytest.raises(RuntimeError, match="granian"):
        serving.install(threads=1)


def _take(body: Body, headers: dict[str, str], got: list[bytes]) -> None:
    """Have one request served."""

    def application(environ: dict[str, Any], start: Any) -> list[bytes]:
        got.append(environ["wsgi.input"].read())
        start("204 No Content", [])
        return []

    protocol = Protocol()
    take = serving.callback(application, workers=Workers(threads=1))
    take(protocol, {"PATH_INFO": "/api/v1/charges", "wsgi.input": body, **headers})
    until = time.monotonic() + WITHIN_S
    while not protocol.sent and time.monotonic() < until:
        time.sleep(0.001)
    assert protocol.sent == [204, [], b""]
