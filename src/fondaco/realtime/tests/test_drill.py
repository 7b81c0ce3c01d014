"""The realtime process is killed again and again while events are written: its clients miss nothing."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Final

import httpx
import pytest
from django.db import connections
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from drills.running import free_ports
from drills.scale import scaled
from fondaco.identity.types import SignedIn
from fondaco.kit.django import tenancy
from fondaco.realtime.tests.clients import hear, say, sign_in, subscribe
from fondaco.realtime.tests.happenings import move
from fondaco.realtime.tests.test_topics import customer_of

ROOT: Final = Path(__file__).parents[4]
START_S: Final = 90
HEARD_BEFORE_A_KILL: Final = 20
WRITE_EVERY_S: Final = 0.01


class Process:
    """The real realtime process, on the tests' database."""

    def __init__(self, log: Path, clients: ExitStack) -> None:
        """Begin without a process; its clients are closed with the stack."""
        self._clients = clients
        (self.port,) = free_ports(1)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = {
            "FONDACO_REALTIME_PORT": str(self.port),
            "FONDACO_LOG_LEVEL": "error",
            "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
        }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "fondaco.project.asgi", "realtime"],
                env=os.environ | settings,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S
        while not self._is_alive():
            assert time.monotonic() < deadline, self._log.read_text()[-4000:]
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill it without warning."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def open(self, signed: SignedIn) -> ClientConnection:
        """Open a socket whose owner is proved."""
        opened = connect(
            f"ws://alpha.test:{self.port}/ws",
            sock=socket.create_connection(("127.0.0.1", self.port)),
            ping_interval=None,
            close_timeout=0.2,
            proxy=None,
        )
        client = self._clients.enter_context(opened)
        say(client, type="authenticate", token=signed.access_token)
        assert hear(client)["type"] == "authenticated"
        return client

    def _is_alive(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"http://127.0.0.1:{self.port}/livez", timeout=2).is_success
        return False


@contextmanager
def writing(signed: SignedIn) -> Iterator[list[str]]:
    """Have events written all the time within the block; gives their identifiers."""
    written, ended = list[str](), threading.Event()

    def write() -> None:
        with tenancy.scope("alpha"):
            for number in count():
                written.append(move(customer_of(signed), str(number)))
                if ended.wait(WRITE_EVERY_S):
                    break
        connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield written
    finally:
        ended.set()
        writer.join()


def listen(client: ClientConnection, got: list[str], enough: int) -> None:
    """Note events until there are enough of them."""
    while len(got) < enough:
        heard = hear(client)
        if heard["type"] == "event":
            got.append(heard["id"])


def note_the_rest(client: ClientConnection, got: list[str]) -> None:
    """Note what reached the client before its server died."""
    with suppress(ConnectionClosed):
        listen(client, got, sys.maxsize)


@pytest.mark.drill
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("announced")
class TestAKilledServer:
    def test_costs_a_client_that_resumes_nothing_and_tells_it_nothing_twice(
        self, tmp_path: Path
    ) -> None:
        signed, got = sign_in(), list[str]()
        with ExitStack() as clients:
            process = Process(tmp_path / "realtime.log", clients)
            clients.callback(process.kill)
            process.start()
            client = process.open(signed)
            place = subscribe(client, "orders")[-1]["after"]
            with writing(signed) as written:
                for _ in range(scaled(20)):
                    listen(client, got, len(got) + HEARD_BEFORE_A_KILL)
                    process.kill()
                    note_the_rest(client, got)
                    process.start()
                    client = process.open(signed)
                    missed = subscribe(client, "orders", after=got[-1] if got else place)
                    got += [one["id"] for one in missed if one["type"] == "event"]
            listen(client, got, len(written))
        assert got == written
