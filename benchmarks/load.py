"""Load generator: many connections, one request in flight on each, as light as Python allows.

Runs as a process of its own (``python -m benchmarks.load plan.json``), so that its cost is counted apart
from the server's. A plan is a JSON object::

    {"host": "127.0.0.1", "port": 8000, "path": "/api/v1/charges", "method": "POST", "connections": 64,
     "seconds": 10, "bearers": ["<token>", …], "bodies": ["{…}", …], "keys": true, "expect": 201}

Callers walk through bearers and bodies in turn, so one bearer makes one hot merchant and many bodies
make many paying customers. The answer on standard output is JSON: counts by status, latencies in
milliseconds, the generator's own CPU seconds.
"""

import asyncio
import itertools
import json
import sys
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any, Final

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
_CHUNKED: Final = b"transfer-encoding: chunked"
_LAST_CHUNK: Final = b"0\r\n\r\n"


class Caller(asyncio.Protocol):
    """Keep one connection busy: the next request leaves when the answer to the last one is whole."""

    def __init__(self, run: "Run") -> None:
        """Belong to a run."""
        self._run = run
        self._buffer = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Count an answer once it is whole."""
        self._buffer += data
        head_end = self._buffer.find(_HEAD_END)
        if head_end < 0 or not self._is_whole(head_end):
            return
        self._run.count(int(self._buffer[9:12]), time.perf_counter() - self._sent_at)
        self._buffer = b""
        self._send()

    def _is_whole(self, head_end: int) -> bool:
        head = self._buffer[:head_end].lower()
        if _CHUNKED in head:
            return self._buffer.endswith(_LAST_CHUNK)
        at = head.find(_LENGTH)
        length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        return len(self._buffer) >= head_end + len(_HEAD_END) + length

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        """Count a connection that the server closed in the middle of the run."""
        if not self._run.is_over:
            self._run.lost += 1
        self._run.leave()

    def _send(self) -> None:
        if self._transport is None:
            return
        if self._run.is_over:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(self._run.next_request())


class Run:
    """Hold the plan, the counts and the end of one measurement."""

    def __init__(self, plan: dict[str, Any]) -> None:
        """Prepare every request but for its key."""
        self._plan = plan
        self._prefix = uuid.uuid4().hex[:12]
        self._numbers = itertools.count()
        self._requests = itertools.cycle(_requests(plan))
        self._open = plan["connections"]
        self._ends_at = time.perf_counter() + plan["seconds"]
        self._finished = asyncio.get_running_loop().create_future()
        self.statuses: Counter[int] = Counter()
        self.latencies: list[float] = []
        self.lost = 0

    @property
    def is_over(self) -> bool:
        """Tell whether the time is up."""
        return time.perf_counter() >= float(self._ends_at)

    def next_request(self) -> bytes:
        """Give the next request as bytes, with a key of its own where the plan wants keys."""
        head, tail = next(self._requests)
        if not self._plan.get("keys"):
            return head + tail
        return head + f"idempotency-key: {self._prefix}-{next(self._numbers)}\r\n".encode() + tail

    def count(self, status: int, seconds: float) -> None:
        """Count one answer."""
        self.statuses[status] += 1
        self.latencies.append(seconds)

    def leave(self) -> None:
        """Count a connection out; the last one ends the run."""
        self._open -= 1
        if not self._open and not self._finished.done():
            self._finished.set_result(None)

    async def perform(self) -> dict[str, Any]:
        """Open all connections, wait for the end, and give the figures."""
        loop = asyncio.get_running_loop()
        started, cpu = time.perf_counter(), time.process_time()
        for _ in range(self._plan["connections"]):
            await loop.create_connection(
                lambda: Caller(self), self._plan["host"], self._plan["port"]
            )
        await self._finished
        wall = time.perf_counter() - started
        ordered = sorted(self.latencies) or [0.0]
        return {
            "answers": len(self.latencies),
            "seconds": wall,
            "per_second": len(self.latencies) / wall,
            "statuses": {str(status): count for status, count in self.statuses.items()},
            "lost": self.lost,
            "p50_ms": 1000 * ordered[len(ordered) // 2],
            "p99_ms": 1000 * ordered[int(len(ordered) * 0.99)],
            "max_ms": 1000 * ordered[-1],
            "cpu_s": time.process_time() - cpu,
        }


def _requests(plan: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    bearers, bodies = plan.get("bearers") or [""], plan.get("bodies") or [""]
    paths = plan.get("paths") or [plan["path"]]
    requests = []
    for index in range(max(len(bearers), len(bodies), len(paths))):
        bearer, body = (
            bearers[index % len(bearers)],
            bodies[index % len(bodies)].encode(),
        )
        head = f"{plan['method']} {paths[index % len(paths)]} HTTP/1.1\r\n"
        head += f"host: {plan['host']}:{plan['port']}\r\n"
        if bearer:
            head += f"authorization: Bearer {bearer}\r\n"
        tail = b"\r\n"
        if body:
            tail = (
                f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode()
                + body
            )
        requests.append((head.encode(), tail))
    return requests


async def _main(plan: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(await Run(plan).perform()) + "\n")


if __name__ == "__main__":
    asyncio.run(_main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
