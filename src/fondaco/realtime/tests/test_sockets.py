"""Sockets as a client meets them: uvicorn on loopback, the websockets library at the other end."""

import asyncio
import gc
import json
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_network
from secrets import token_bytes
from typing import Any

import httpx
import pytest
from uvicorn.protocols.utils import ClientDisconnected
from websockets.frames import Frame, Opcode

from fondaco.apikeys import actions as apikeys
from fondaco.identity import actions as identity
from fondaco.identity.types import SignedIn
from fondaco.kit import options
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import metrics, tenancy
from fondaco.kit.ids import encode
from fondaco.realtime import sockets
from fondaco.realtime.hub import Hub
from fondaco.realtime.tests.clients import (
    WAIT_S,
    Running,
    close_code,
    hear,
    proved,
    say,
    sign_in,
)


def allow(signed: SignedIn, network: str) -> None:
    """Let a customer be reached from a network, too."""
    assert signed.customer_id is not None
    apikeys.allow_network(
        customer_id=signed.customer_id,
        network=ip_network(network),
        label="",
        here=None,
        by=SYSTEM,
    )


@contextmanager
def faster(monkeypatch: pytest.MonkeyPatch, **constants: float) -> Iterator[None]:
    for name, value in constants.items():
        monkeypatch.setattr(sockets, name, value)
    yield


class TestProof:
    def test_lets_in_whom_the_first_message_proves(self, running: Running) -> None:
        signed = sign_in()
        client = running.open()
        say(client, type="authenticate", token=signed.access_token)
        assert signed.customer_id is not None
        assert hear(client) == {
            "type": "authenticated",
            "customer": encode("cus", signed.customer_id),
            "role": "client",
        }
        say(client, type="echo", payload={"ü": [1, None]})
        assert hear(client) == {"type": "echo", "payload": {"ü": [1, None]}}

    def test_takes_a_ticket_once(self, running: Running) -> None:
        with tenancy.scope("alpha"):
            ticket = identity.issue_socket_ticket(session_id=sign_in().session_id).ticket
        client = running.open()
        say(client, type="authenticate", ticket=ticket)
        assert hear(client)["type"] == "authenticated"
        say(client, type="echo", payload=1)
        assert hear(client) == {"type": "echo", "payload": 1}
        thief = running.open()
        say(thief, type="authenticate", ticket=ticket)
        assert hear(thief)["code"] == "session_ended"
        assert close_code(thief) == 4401

    @pytest.mark.parametrize("way", ["token", "ticket"])
    def test_is_taken_from_allowed_addresses_alone(self, running: Running, way: str) -> None:
        signed = sign_in()
        with tenancy.scope("alpha"):
            ticket = identity.issue_socket_ticket(session_id=signed.session_id).ticket
            allow(signed, "192.0.2.0/24")
        proof = {"token": signed.access_token, "ticket": ticket}[way]
        client = running.open()
        say(client, type="authenticate", **{way: proof})
        assert hear(client)["code"] == "address_refused"
        assert close_code(client) == 4401
        with tenancy.scope("alpha"):
            allow(signed, "127.0.0.0/8")
        proved(running, signed)

    def test_ends_at_the_next_message_once_the_address_is_refused(self, running: Running) -> None:
        signed = sign_in()
        client = proved(running, signed)
        with tenancy.scope("alpha"):
            allow(signed, "192.0.2.0/24")
        say(client, type="echo", payload=1)
        assert hear(client)["code"] == "address_refused"
        assert close_code(client) == 4401

    @pytest.mark.parametrize(
        "first",
        [
            {"type": "authenticate", "token": "forged"},
            {"type": "authenticate", "token": 7},
            {"type": "authenticate"},
            {"type": "echo", "payload": 1},
            ["authenticate"],
        ],
    )
    def test_shows_the_door_with_a_code_that_the_client_sees(
        self, running: Running, first: object
    ) -> None:
        client = running.open()
        client.send(json.dumps(first))
        assert hear(client)["type"] == "problem"
        assert close_code(client) == 4401

    def test_does_not_know_tokens_of_another_tenant(self, running: Running) -> None:
        client = running.open("alpha.test")
        say(client, type="authenticate", token=sign_in("beta").access_token)
        assert hear(client)["code"] == "unauthenticated"
        assert close_code(client) == 4401

    def test_does_not_take_another_users_token_later(self, running: Running) -> None:
        client = proved(running, sign_in())
        say(client, type="authenticate", token=sign_in().access_token)
        assert close_code(client) == 4401

    def test_can_be_renewed(self, running: Running) -> None:
        signed = sign_in()
        client = proved(running, signed)
        say(client, type="authenticate", token=signed.access_token)
        assert hear(client)["type"] == "authenticated"

    def test_must_come_in_time(self, running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
        with faster(monkeypatch, PROVE_WITHIN_S=0.1):
            client = running.open()
            assert close_code(client) == 4408

    def test_ends_with_the_session_at_the_next_message(self, running: Running) -> None:
        signed = sign_in()
        client = proved(running, signed)
        with tenancy.scope("alpha"):
            identity.logout(session_id=signed.session_id, by=SYSTEM)
        time.sleep(1.0)
        say(client, type="echo", payload=1)
        assert hear(client)["type"] == "problem"
        assert close_code(client) == 4401

    def test_ends_with_the_session_though_the_client_is_silent(
        self, running: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with faster(monkeypatch, HEARTBEAT_S=1.1, SILENCE_MAX_S=60.0):
            signed = sign_in()
            client = proved(running, signed)
            with tenancy.scope("alpha"):
                identity.logout(session_id=signed.session_id, by=SYSTEM)
            assert close_code(client) == 4401


class TestOrigin:
    @pytest.mark.parametrize(
        "origin", ["http://alpha.test:8000", "https://alpha.test", "https://pages.example"]
    )
    def test_is_that_of_own_pages(self, running: Running, origin: str) -> None:
        with options.override(allowed_origins="https://pages.example"):
            client = running.open(origin=origin)
            say(client, type="authenticate", token=sign_in().access_token)
            assert hear(client)["type"] == "authenticated"

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "null", "https://alpha.test.evil.example", "http://["]
    )
    def test_of_others_is_refused(self, running: Running, origin: str) -> None:
        assert close_code(running.open(origin=origin)) == 4403


class TestTenant:
    def test_is_that_of_the_host_name(self, running: Running) -> None:
        client = running.open("beta.test")
        say(client, type="authenticate", token=sign_in("beta").access_token)
        assert hear(client)["type"] == "authenticated"

    def test_must_exist(self, running: Running) -> None:
        assert close_code(running.open("nobody.test")) == 4404


class TestMessages:
    def test_that_are_not_understood_leave_the_socket_open(self, running: Running) -> None:
        client = proved(running, sign_in())
        answers = []
        for text in ("{", "[]", '{"type": 1}', '{"type": "dance"}', '{"type": "echo"}', "[" * 9999):
            client.send(text)
            answers.append(hear(client)["code"])
        assert answers == [
            "malformed_message",
            "malformed_message",
            "malformed_message",
            "unknown_message",
            "malformed_message",
            "malformed_message",
        ]
        say(client, type="echo", payload="still here")
        assert hear(client)["payload"] == "still here"

    @pytest.mark.parametrize(("message", "code"), [(b"\x00\x01", 1003), ("x" * 20_001, 1009)])
    def test_of_a_wrong_kind_or_size_close_it(
        self, running: Running, message: bytes | str, code: int
    ) -> None:
        client = proved(running, sign_in())
        client.send(message)
        assert close_code(client) == code

    def test_come_back_in_order(self, running: Running) -> None:
        client = proved(running, sign_in())
        for number in range(40):
            say(client, type="echo", payload=number)
        assert [hear(client)["payload"] for _ in range(40)] == list(range(40))

    def test_that_come_too_fast_close_it(self, running: Running) -> None:
        client = proved(running, sign_in())
        for _ in range(3 * sockets.RATE_MAX):
            say(client, type="pong")
        assert close_code(client) == 4429


class TestHeartbeat:
    def test_goes_both_ways(self, running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
        with faster(monkeypatch, HEARTBEAT_S=0.1, SILENCE_MAX_S=0.35):
            client = proved(running, sign_in())
            say(client, type="ping")
            heard = {hear(client)["type"]}
            for _ in range(8):
                heard.add(hear(client)["type"])
                say(client, type="pong")
            assert heard == {"ping", "pong"}

    def test_drops_a_client_that_is_silent(
        self, running: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with faster(monkeypatch, HEARTBEAT_S=0.05, SILENCE_MAX_S=0.1):
            assert close_code(proved(running, sign_in())) == 4408


class TestSlowReader:
    def test_is_dropped_and_takes_no_one_with_it(
        self, running: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sockets, "RATE_MAX", 10**9)
        other = proved(running, sign_in())
        before = dropped_slow()
        with deaf_client(running.port) as deaf:
            deaf.sendall(frame(type="authenticate", token=sign_in().access_token))
            flooding = threading.Thread(target=flood, args=[deaf])
            flooding.start()
            wait_for(lambda: dropped_slow() > before)
            say(other, type="echo", payload="alive")
            assert hear(other)["payload"] == "alive"
            deaf.shutdown(socket.SHUT_RDWR)
            flooding.join(WAIT_S)
        wait_for(lambda: count_open() == 1)


class TestAClientThatIsGone:
    def test_leaves_no_task_behind_whose_failure_nobody_hears(self) -> None:
        faults: list[dict[str, Any]] = []

        async def write_to_nobody() -> None:
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda _loop, context: faults.append(context))
            client = sockets.Socket(Hub())
            client.base_send = _find_nobody
            await client.shut(None)
            await asyncio.sleep(0)  # the task sends, and ends
            await asyncio.sleep(0)  # its end is told
            del client
            gc.collect()

        asyncio.run(write_to_nobody())
        assert faults == []


async def _find_nobody(_message: object) -> None:
    """Send as a server does once the client has gone (ASGI 2.3: "should raise a server-specific OSError")."""
    raise ClientDisconnected


class TestShutdown:
    def test_tells_every_client_to_come_again(self, running: Running) -> None:
        clients = [proved(running, sign_in()), running.open()]
        running.stop()
        assert not running.thread.is_alive()
        assert [close_code(client) for client in clients] == [1012, 1012]


class TestApplication:
    def test_counts_open_sockets(self, running: Running) -> None:
        before = count_open()
        client = proved(running, sign_in())
        assert count_open() == before + 1
        client.close()
        wait_for(lambda: count_open() == before)

    def test_knows_one_path(self, running: Running) -> None:
        assert close_code(running.open(path="/other")) == 4404

    def test_says_that_it_lives(self, running: Running) -> None:
        assert httpx.get(f"http://127.0.0.1:{running.port}/livez").text == "ok\n"
        assert httpx.get(f"http://127.0.0.1:{running.port}/etc").status_code == 404


@contextmanager
def deaf_client(port: int) -> Iterator[socket.socket]:
    """Open a socket by hand that never reads after the handshake."""
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", port))
        lines = [
            "GET /ws HTTP/1.1",
            "Host: alpha.test",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {b64encode(token_bytes(16)).decode()}",
        ]
        raw.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while not raw.recv(1024).endswith(b"\r\n\r\n"):
            continue
        yield raw


def frame(**message: Any) -> bytes:
    return Frame(Opcode.TEXT, json.dumps(message).encode()).serialize(mask=True)


def flood(raw: socket.socket) -> None:
    piece = frame(type="echo", payload="x" * 15_000)
    with suppress(OSError):
        while True:
            raw.sendall(piece)


def dropped_slow() -> float:
    (found,) = metrics.SOCKETS_CLOSED.collect()
    codes = {"code": "1013"}
    return sum(s.value for s in found.samples if s.labels == codes and s.name.endswith("_total"))


def count_open() -> float:
    (found,) = metrics.SOCKETS.collect()
    return found.samples[0].value


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
