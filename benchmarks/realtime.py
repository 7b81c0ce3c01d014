"""A thousand sockets on one process: what they weigh, and how soon they hear what was committed."""

import asyncio
import json
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any, Final
from uuid import UUID

import httpx
import psutil
from django.db import connection, transaction
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.cast import gather
from benchmarks.figures import Figures
from benchmarks.stage import TENANT, part
from drills.running import free_ports
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import events, tenancy
from fondaco.kit.django.events import EventRow
from fondaco.kit.ids import encode, uuid7
from fondaco.money import Asset, Money
from fondaco.project.postgres import Server
from fondaco.realtime.topics import RATE_CHANGED
from fondaco.wallets.events import TopUpPosted

PAIR: Final = "BTC-USD"
_AT_ONCE: Final = 20
"""Handshakes under way at the same time."""
_START_S: Final = 60
_HEAR_S: Final = 60
_PAUSE_S: Final = 0.05
_DOLLAR: Final = Asset("USD", 2)


@dataclass(slots=True)
class Crowd:
    """Hold many sockets in a loop of their own, and note when each hears what."""

    port: int
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    sockets: list[ClientConnection] = field(default_factory=list)
    heard: dict[str, list[float]] = field(default_factory=dict)
    """Identifier of an event → when somebody heard it."""

    async def come(self, tokens: Sequence[str]) -> None:
        """Open a socket for each token, and subscribe to its balances and one rate."""
        gate = asyncio.Semaphore(_AT_ONCE)
        self.sockets += await asyncio.gather(*(self._open(token, gate) for token in tokens))
        for socket in self.sockets:
            asyncio.ensure_future(self._listen(socket))  # noqa: RUF006 - the socket ends it

    async def leave(self) -> None:
        """Close all."""
        await asyncio.gather(*(socket.close() for socket in self.sockets))

    async def _open(self, token: str, gate: asyncio.Semaphore) -> ClientConnection:
        async with gate:
            socket = await connect(
                f"ws://127.0.0.1:{self.port}/ws", compression=None, ping_interval=None, proxy=None
            )
            await socket.send(json.dumps({"type": "authenticate", "token": token}))
            await socket.recv()
            topics = ["balances", f"rates:{PAIR}"]
            await socket.send(json.dumps({"type": "subscribe", "topics": topics}))
            answer = json.loads(await socket.recv())
            assert answer["type"] == "subscribed", answer
        return socket

    async def _listen(self, socket: ClientConnection) -> None:
        async for text in socket:
            now = time.perf_counter()
            message = json.loads(text)
            if message["type"] == "event":
                self.heard.setdefault(message["id"], []).append(now)
            elif message["type"] == "ping":
                await socket.send('{"type":"pong"}')

    def wait(self, event_id: str, count: int) -> list[float]:
        """Wait until so many have heard an event; give when each did.

        :raises TimeoutError: they do not
        """
        deadline = time.perf_counter() + _HEAR_S
        while len(self.heard.get(event_id, ())) < count:
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{len(self.heard.get(event_id, ()))} of {count} heard")
            time.sleep(0.002)
        return self.heard[event_id]


def measure(server: Server, *, seconds: float, quick: bool) -> list[Figures]:
    """Open the sockets, weigh the process, and time single updates and one that goes to all."""
    del server
    count, samples = (50, 20) if quick else (1_000, max(20, int(seconds * 10)))
    (port,) = free_ports(1)
    with (
        tenancy.scope(TENANT),
        part("worker", "--queues", "nothing"),
        part("realtime", FONDACO_REALTIME_PORT=str(port)) as process,
    ):
        cast = gather(merchants=1, clients=count)
        _wait_for(port)
        empty = process.memory_info().rss
        crowd = Crowd(port)
        thread = threading.Thread(target=crowd.loop.run_forever, daemon=True)
        thread.start()
        began = time.perf_counter()
        _in(crowd, crowd.come(cast.client_bearers)).result(_HEAR_S * 5)
        opened_s = time.perf_counter() - began
        alone = [_update(crowd, wallet) for wallet in cast.wallet_ids[:samples]]
        to_all = [_update_all(crowd, count) for _ in range(5)]
        weight = _weigh(process)
        _in(crowd, crowd.leave()).result(_HEAR_S)
        crowd.loop.call_soon_threadsafe(crowd.loop.stop)
        thread.join()
    return [_table(count, empty, weight, alone, to_all, opened_s)]


def _table(
    count: int,
    empty: int,
    weight: tuple[int, int],
    alone: Sequence[float],
    to_all: Sequence[float],
    opened_s: float,
) -> Figures:
    rss, pss = weight
    table = Figures(f"{count:,} sockets on one process", ("what", "measured", "goal"))
    table.add("memory at rest, no socket, MB (RSS)", empty / 1e6, "")
    table.add("memory with all sockets, MB (RSS)", rss / 1e6, "150")
    table.add("memory with all sockets, MB (PSS)", pss / 1e6, "")
    table.add("one more socket, kB", (rss - empty) / count / 1e3, "")
    table.add("an own update, from the commit to the client, median ms", median(alone), "50")
    table.add("the same, 95th percentile ms", quantiles(alone, n=20)[-1], "")
    table.add("a rate, from the commit to the last of all, median ms", median(to_all), "")
    table.note(f"each is subscribed to its own balances and one rate; {len(alone)} updates")
    table.note(f"opened, proved and subscribed in {opened_s:.1f} s; load {os.getloadavg()[0]:.1f}")
    return table


def _update(crowd: Crowd, wallet: str) -> float:
    """Top up one wallet, and give the milliseconds from the commit until its owner heard."""
    happened = TopUpPosted(
        transfer=encode("tr", uuid7()),
        amount=Money(100, _DOLLAR),
        summary="",
        wallet=encode("wal", UUID(wallet)),
        balance=Money(100, _DOLLAR),
    )
    return _publish(crowd, events.row(happened, by=SYSTEM), 1)


def _update_all(crowd: Crowd, count: int) -> float:
    """Change the rate, and give the milliseconds from the commit until all had heard."""
    data = {"pair": PAIR, "price": "64000.00"}
    row = EventRow(uuid7(), RATE_CHANGED, 1, clock.now(), str(SYSTEM), PAIR, data)
    return _publish(crowd, row, count)


def _publish(crowd: Crowd, row: EventRow, count: int) -> float:
    with transaction.atomic(), connection.cursor() as cursor:
        events.insert(cursor, [row])
    committed_at = time.perf_counter()
    heard_at = max(crowd.wait(encode("evt", row.id), count))
    time.sleep(_PAUSE_S)
    return 1_000 * (heard_at - committed_at)


def _in(crowd: Crowd, work: Any) -> "Future[Any]":
    return asyncio.run_coroutine_threadsafe(work, crowd.loop)


def _weigh(process: psutil.Process) -> tuple[int, int]:
    found = process.memory_full_info()
    return int(found.rss), int(found.pss)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{port}/livez", timeout=2).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the realtime process does not answer")
