"""A realtime server of this process on loopback, and clients by the websockets library."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import uvicorn
from django.db import connections
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from fondaco.identity import actions as identity, passwords
from fondaco.identity.states import CustomerKind
from fondaco.identity.types import NewCustomer, SignedIn
from fondaco.kit.django import tenancy, workers
from fondaco.kit.django.relay import CHANNEL, Herald
from fondaco.realtime.application import Application

WAIT_S = 60.0
"""So long may a transaction of a test beside this one hide events from all readers of the server."""
PASSWORD = "a long enough passphrase 42"


@dataclass
class Running:
    """A realtime server of this process, and the clients that a test opened to it."""

    port: int
    application: Application
    server: uvicorn.Server
    thread: threading.Thread
    clients: ExitStack = field(default_factory=ExitStack)

    def open(
        self, host: str = "alpha.test", *, path: str = "/ws", origin: str | None = None
    ) -> ClientConnection:
        raw = socket.create_connection(("127.0.0.1", self.port))
        client = connect(
            f"ws://{host}:{self.port}{path}",
            sock=raw,
            origin=None if origin is None else Origin(origin),
            ping_interval=None,
            close_timeout=0.2,
            proxy=None,
        )
        return self.clients.enter_context(client)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(WAIT_S)


def sign_in(tenant: str = "alpha") -> SignedIn:
    """Let somebody new log in; his password is hashed once for all tests."""
    name = f"u{uuid4().hex[:12]}"
    with tenancy.scope(tenant):
        made = identity.register(
            ask=NewCustomer(
                kind=CustomerKind.CLIENT,
                username=name,
                password=None,
                password_hash=_hash(),
                first_name="John",
                last_name="Wick",
            )
        )
        return identity.open_session(user_id=made.user.id)


@cache
def _hash() -> str:
    return passwords.hash_password(PASSWORD)


def subscribe(client: ClientConnection, *topics: str, after: str = "") -> list[dict[str, Any]]:
    """Subscribe, and give what was missed; the last message says that it is done."""
    say(client, type="subscribe", topics=list(topics), **({"after": after} if after else {}))
    heard: list[dict[str, Any]] = []
    while not heard or heard[-1]["type"] == "event":
        heard.append(hear(client))
    assert heard[-1]["type"] == "subscribed", heard[-1]
    return heard


def say(client: ClientConnection, **message: Any) -> None:
    client.send(json.dumps(message))


def hear(client: ClientConnection) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.recv(timeout=WAIT_S))
    return found


def close_code(client: ClientConnection) -> int:
    """Read until the server closes, and give its code."""
    with pytest.raises(ConnectionClosed) as closed:
        read_on(client)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def read_on(client: ClientConnection) -> None:
    while True:
        client.recv(timeout=WAIT_S)


def proved(running: Running, signed: SignedIn, **options: Any) -> ClientConnection:
    client = running.open(**options)
    say(client, type="authenticate", token=signed.access_token)
    assert hear(client)["type"] == "authenticated"
    return client


@contextmanager
def serving() -> Iterator[Running]:
    """Serve sockets within the block."""
    application = Application()
    config = uvicorn.Config(
        application,
        host="127.0.0.1",
        port=0,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + WAIT_S
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    found = Running(port, application, server, thread)
    try:
        yield found
    finally:
        found.clients.close()
        found.stop()
    assert not thread.is_alive()


@contextmanager
def announcing() -> Iterator[None]:
    """Announce events within the block, as the worker's herald does."""
    ended = threading.Event()

    def announce() -> None:
        with psycopg.connect(**workers.direct_parameters(), autocommit=True) as connection:
            herald = Herald(partial(_notify, connection))
            while not ended.wait(0.01):
                herald.run_once()
        connections.close_all()

    thread = threading.Thread(target=announce)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _notify(connection: "psycopg.Connection[Any]", payload: str) -> None:
    connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
