"""Look-ups that share a query."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from fondaco.kit.django import tenancy
from fondaco.kit.django.gathering import Gathering


class Source:
    """Double numbers, as slowly as a test wants, and remember what was asked together."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.is_open = threading.Event()
        self.has_begun = threading.Event()

    def fetch(self, asks: Sequence[int]) -> list[int | None]:
        self.asked.append(list(asks))
        self.has_begun.set()
        assert self.is_open.wait(60)
        if 13 in asks:
            raise ValueError("thirteen")
        return [None if ask < 0 else ask * 2 for ask in asks]


@pytest.fixture
def source() -> Source:
    return Source()


def find(gathering: Gathering[int, int], ask: int, tenant: str = "alpha") -> int | None:
    with tenancy.scope(tenancy.TenantScope(name=tenant, schema=f"t_{tenant}", mode="demo")):
        return gathering.find(ask)


class TestGathering:
    def test_asks_at_once_for_a_caller_who_is_alone(self, source: Source) -> None:
        source.is_open.set()
        gathering = Gathering(source.fetch)
        assert [find(gathering, ask) for ask in (1, 2, -3)] == [2, 4, None]
        assert source.asked == [[1], [2], [-3]]

    def test_asks_once_for_all_who_came_while_a_query_was_under_way(self, source: Source) -> None:
        gathering = Gathering(source.fetch)
        with ThreadPoolExecutor(9) as pool:
            first = pool.submit(find, gathering, 0)
            assert source.has_begun.wait(60)
            others = [pool.submit(find, gathering, ask) for ask in range(1, 9)]
            self._wait_for(gathering, 8)
            source.is_open.set()
            assert first.result(60) == 0
            assert [one.result(60) for one in others] == [ask * 2 for ask in range(1, 9)]
        assert [len(asked) for asked in source.asked] == [1, 8]

    def test_raises_an_error_to_each_who_shared_the_query_and_goes_on(self, source: Source) -> None:
        gathering = Gathering(source.fetch)
        with ThreadPoolExecutor(3) as pool:
            first = pool.submit(find, gathering, 1)
            assert source.has_begun.wait(60)
            others = [pool.submit(find, gathering, ask) for ask in (13, 5)]
            self._wait_for(gathering, 2)
            source.is_open.set()
            assert first.result(60) == 2
            for one in others:
                with pytest.raises(ValueError, match="thirteen"):
                    one.result(60)
        assert find(gathering, 4) == 8

    def test_never_mixes_tenants(self, source: Source) -> None:
        gathering = Gathering(source.fetch)
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(find, gathering, 1, "alpha")
            assert source.has_begun.wait(60)
            source.has_begun.clear()
            other = pool.submit(find, gathering, 2, "beta")
            assert source.has_begun.wait(60)
            source.is_open.set()
            assert (first.result(60), other.result(60)) == (2, 4)
        assert source.asked == [[1], [2]]

    def test_loses_nobody_when_many_come_and_go(self) -> None:
        gathering: Gathering[int, int] = Gathering(lambda asks: [ask * 2 for ask in asks])
        asks = list(range(4000))
        with ThreadPoolExecutor(32) as pool:
            found = list(pool.map(lambda ask: find(gathering, ask), asks, timeout=60))
        assert found == [ask * 2 for ask in asks]

    def _wait_for(self, gathering: Gathering[int, int], count: int) -> None:
        queue = gathering._queues["t_alpha"]
        deadline = threading.Event()
        for _ in range(6000):
            if len(queue._waiting) == count:
                return
            deadline.wait(0.01)
        raise AssertionError("nobody is waiting")
