"""The sliding window in Redis: against the one in memory, and without Redis."""

import socket
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import pytest

from fondaco.kit.django.api import sliding_redis, throttle
from fondaco.kit.django.api.sliding import MemoryLimiter, Verdict, Window
from fondaco.kit.django.api.sliding_redis import RedisLimiter
from fondaco.kit.options import override
from tests.plumbing import tools


class Failure(Exception):
    """Stand for what the package raises."""


class Silent:
    """Be a client whose server never answers."""

    def __init__(self) -> None:
        self.asked = 0

    def register_script(self, text: str) -> "Silent":
        return self

    def __call__(self, **options: Any) -> None:
        self.asked += 1
        raise Failure


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """Run a Redis of this test alone, on a free port of this machine."""
    program = tools.find("redis-server")
    if program is None or find_spec("redis") is None:
        pytest.skip("Redis is optional: these need redis-server and the extra redis")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [program, "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        wait_until_it_listens(port)
        yield f"redis://127.0.0.1:{port}"
        server.terminate()


def wait_until_it_listens(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise TimeoutError("redis-server did not listen within 10 s")


class TestRedisLimiter:
    def test_counts_in_the_process_while_redis_is_silent(self) -> None:
        client = Silent()
        limiter = RedisLimiter(client, failure=Failure, stand_in=MemoryLimiter())
        verdicts = [limiter.take("k", [Window(2, 60)]) for _ in range(3)]
        assert [verdict.retry_after_s for verdict in verdicts] == [None, None, 60]
        assert client.asked == 1

    def test_asks_redis_again_after_a_pause(self, monkeypatch: pytest.MonkeyPatch) -> None:
        client = Silent()
        limiter = RedisLimiter(client, failure=Failure, stand_in=MemoryLimiter())
        limiter.take("k", [Window(2, 60)])
        monkeypatch.setattr(sliding_redis, "PAUSE_S", 0.0)
        limiter._silent_until = 0.0
        limiter.take("k", [Window(2, 60)])
        limiter.take("k", [Window(2, 60)])
        assert client.asked == 3

    def test_says_what_the_one_in_memory_says(self, redis_url: str) -> None:
        ours = RedisLimiter.at(redis_url, stand_in=MemoryLimiter())
        theirs = MemoryLimiter()
        dice = Random(7)
        for step in range(300):
            windows = [Window(40, 3600), Window(9, 600)]
            key, cost = dice.choice("abc"), dice.randint(1, 4)
            told, expected = ours.take(key, windows, cost), theirs.take(key, windows, cost)
            assert (told.limit, told.remaining) == (expected.limit, expected.remaining), step
            assert (told.retry_after_s is None) is (expected.retry_after_s is None), step
            assert abs((told.retry_after_s or 0) - (expected.retry_after_s or 0)) <= 1, step
            assert abs(told.reset_s - expected.reset_s) <= 1, step

    def test_lets_in_again_when_the_oldest_leaves_the_window(self, redis_url: str) -> None:
        limiter = RedisLimiter.at(redis_url, stand_in=MemoryLimiter())
        assert limiter.take("k", [Window(1, 1)]) == Verdict(1, 0, reset_s=1)
        assert limiter.take("k", [Window(1, 1)]).retry_after_s == 1
        time.sleep(1.05)
        assert limiter.take("k", [Window(1, 1)]).retry_after_s is None

    def test_serves_all_web_processes_with_one_allowance(self, redis_url: str) -> None:
        with override(redis_url=redis_url, web_workers=4):
            limiter = throttle._limiter(redis_url)
            assert limiter.take("k", [Window(8, 60)]).remaining == 7
            assert throttle._limiter(redis_url) is limiter
