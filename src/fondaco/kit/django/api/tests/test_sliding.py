"""Counting within a sliding window, against a naive model and with real threads."""

import threading

import pytest
from hypothesis import given, strategies as st

from fondaco.kit.django.api.sliding import MemoryLimiter, Verdict, Window


class Watch:
    """Show the time that the test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def limiter(watch: Watch) -> MemoryLimiter:
    return MemoryLimiter(clock=watch)


class TestMemoryLimiter:
    def test_allows_the_amount_and_refuses_the_next(self, limiter: MemoryLimiter) -> None:
        verdicts = [limiter.take("k", [Window(3, 60)]) for _ in range(4)]
        assert [verdict.remaining for verdict in verdicts] == [2, 1, 0, 0]
        assert [verdict.retry_after_s for verdict in verdicts] == [None, None, None, 60]

    def test_lets_in_again_when_the_oldest_leaves_the_window(
        self, limiter: MemoryLimiter, watch: Watch
    ) -> None:
        for second in (0, 10, 20):
            watch.now = 1000 + second
            assert limiter.take("k", [Window(3, 60)]).retry_after_s is None
        watch.now = 1059.5
        assert limiter.take("k", [Window(3, 60)]) == Verdict(3, 0, reset_s=1, retry_after_s=1)
        watch.now = 1060
        assert limiter.take("k", [Window(3, 60)]).retry_after_s is None
        assert limiter.take("k", [Window(3, 60)]).retry_after_s == 10

    def test_does_not_count_what_it_refuses(self, limiter: MemoryLimiter, watch: Watch) -> None:
        for _ in range(100):
            limiter.take("k", [Window(1, 10)])
        watch.now += 10
        assert limiter.take("k", [Window(1, 10)]).retry_after_s is None

    def test_counts_each_caller_alone(self, limiter: MemoryLimiter) -> None:
        limiter.take("a", [Window(1, 10)])
        assert limiter.take("b", [Window(1, 10)]).retry_after_s is None

    def test_counts_a_batch_whole_or_not_at_all(self, limiter: MemoryLimiter) -> None:
        assert limiter.take("k", [Window(10, 1)], cost=8).remaining == 2
        assert limiter.take("k", [Window(10, 1)], cost=3).retry_after_s == 1
        assert limiter.take("k", [Window(10, 1)], cost=2).remaining == 0

    def test_asks_for_a_whole_window_when_the_cost_never_fits(self, limiter: MemoryLimiter) -> None:
        assert limiter.take("k", [Window(10, 60)], cost=11).retry_after_s == 60

    def test_obeys_the_tightest_window_and_counts_in_none_when_one_refuses(
        self, limiter: MemoryLimiter, watch: Watch
    ) -> None:
        windows = [Window(5, 3600), Window(2, 1)]
        assert limiter.take("k", windows) == Verdict(2, 1, reset_s=1)
        assert limiter.take("k", windows).remaining == 0
        assert limiter.take("k", windows) == Verdict(2, 0, reset_s=1, retry_after_s=1)
        watch.now += 1
        limiter.take("k", windows)
        limiter.take("k", windows)
        watch.now += 1
        assert limiter.take("k", windows) == Verdict(5, 0, reset_s=3598)
        assert limiter.take("k", windows).retry_after_s == 3598

    def test_takes_over_a_changed_allowance(self, limiter: MemoryLimiter) -> None:
        limiter.take("k", [Window(1, 10)])
        assert limiter.take("k", [Window(2, 10)]).retry_after_s is None
        assert limiter.take("k", [Window(1, 10)]).retry_after_s == 10

    def test_forgets_the_caller_that_was_silent_longest(self, watch: Watch) -> None:
        limiter = MemoryLimiter(clock=watch, keys_max=2)
        for key in ("a", "b", "a", "c"):
            limiter.take(key, [Window(2, 60)])
        assert limiter.take("a", [Window(2, 60)]).retry_after_s == 60
        assert limiter.take("b", [Window(2, 60)]).remaining == 1

    @given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 3)), max_size=60))
    def test_agrees_with_a_list_of_all_that_was_allowed(
        self, steps: list[tuple[float, int]]
    ) -> None:
        watch = Watch()
        limiter = MemoryLimiter(clock=watch)
        allowed: list[float] = []
        for pause_s, cost in steps:
            watch.now += pause_s
            behind = sum(1 for at in allowed if at > watch.now - 10)
            fits = behind + cost <= 7
            assert (limiter.take("k", [Window(7, 10)], cost).retry_after_s is None) is fits
            allowed += [watch.now] * cost if fits else []

    def test_lets_exactly_the_amount_through_from_many_threads(self) -> None:
        limiter = MemoryLimiter(clock=lambda: 0.0)
        start = threading.Barrier(16)
        through: list[int] = []

        def ask() -> None:
            start.wait()
            verdicts = [limiter.take("k", [Window(100, 60)]) for _ in range(50)]
            through.extend(1 for verdict in verdicts if verdict.retry_after_s is None)

        threads = [threading.Thread(target=ask) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(through) == 100
