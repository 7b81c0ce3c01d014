"""Requests that wait give their thread to others; what blocks otherwise has more threads woken."""

import random
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar

import pytest
from django.db import connections, transaction

from fondaco.kit.django import tenancy
from fondaco.kit.django.waiting import Signal
from fondaco.project.workers import AWAKE, Workers

LONG_S = 30.0
_mark: ContextVar[str] = ContextVar("mark", default="none")


class Run:
    """Serve requests, and wait until all have ended."""

    def __init__(self, *, threads: int) -> None:
        self.workers = Workers(threads=threads)
        self._left = threading.Semaphore(0)
        self._taken = 0

    def take(self, act: Callable[[], object]) -> None:
        def request() -> None:
            try:
                act()
            finally:
                self._left.release()

        self._taken += 1
        self.workers.take(request)

    def wait(self) -> None:
        for _ in range(self._taken):
            assert self._left.acquire(timeout=LONG_S)


def test_one_thread_serves_others_while_one_waits() -> None:
    run, signal, told = Run(threads=1), Signal(), list[object]()
    run.take(lambda: told.append(("first", signal.wait(LONG_S))))
    run.take(lambda: told.append("second"))
    run.take(signal.set)
    run.wait()
    assert told == ["second", ("first", True)]


def test_who_waits_for_nothing_gives_up_in_time_and_others_go_on() -> None:
    run, told = Run(threads=1), list[object]()
    never, later = Signal(), Signal()
    run.take(lambda: told.append(never.wait(0.05)))
    run.take(lambda: told.append(later.wait(LONG_S)))
    threading.Timer(0.2, later.set).start()
    run.wait()
    assert told == [False, True]


def test_who_waits_gives_up_in_time_in_a_thread_that_never_rests() -> None:
    run, never, told = Run(threads=1), Signal(), list[object]()
    until = time.monotonic() + LONG_S

    def keep_busy() -> None:
        if time.monotonic() > until:
            told.append("had to rest")
        elif not told:
            run.workers.take(keep_busy)

    run.take(lambda: told.append(never.wait(0.05)))
    run.take(keep_busy)
    run.wait()
    assert told == [False]


def test_a_signal_may_be_set_before_anybody_waits() -> None:
    run, signal, told = Run(threads=1), Signal(), list[bool]()
    signal.set()
    run.take(lambda: told.append(signal.wait(LONG_S)))
    run.wait()
    assert told == [True]


def test_a_thread_without_workers_waits_as_threads_do() -> None:
    signal = Signal()
    assert not signal.wait(0.01)
    threading.Timer(0.02, signal.set).start()
    assert signal.wait(LONG_S)


def test_others_are_woken_when_all_that_are_awake_are_blocked() -> None:
    run, released = Run(threads=AWAKE + 1), threading.Event()
    for _ in range(AWAKE):
        run.take(lambda: released.wait(LONG_S))
    run.take(released.set)
    run.wait()
    assert released.is_set()


def test_an_error_ends_its_request_alone() -> None:
    run, told = Run(threads=1), list[str]()
    run.take(_fail)
    run.take(lambda: told.append("next"))
    run.wait()
    assert told == ["next"]


def _fail() -> None:
    raise LookupError("as asked")


def test_each_request_has_context_variables_of_its_own() -> None:
    run, signal, seen = Run(threads=1), Signal(), list[str]()

    def first() -> None:
        _mark.set("first")
        signal.wait(LONG_S)
        seen.append(_mark.get())

    def second() -> None:
        seen.append(_mark.get())
        _mark.set("second")
        signal.set()

    run.take(first)
    run.take(second)
    run.wait()
    assert seen == ["none", "first"]


@pytest.mark.usefixtures("tenant")
def test_nobody_else_runs_in_a_thread_with_an_open_transaction() -> None:
    run, signal, told = Run(threads=1), Signal(), list[object]()
    here = tenancy.current()

    def first() -> None:
        with tenancy.scope(here.name), transaction.atomic():
            told.append(signal.wait(0.05))
        connections.close_all()

    run.take(first)
    run.take(lambda: told.append("second"))
    run.wait()
    assert told == [False, "second"]


def test_nothing_is_lost_among_many() -> None:
    run, waiting, ended = Run(threads=4), list[Signal](), list[int]()

    def request(number: int) -> None:
        for _ in range(3):
            signal = Signal()
            waiting.append(signal)
            assert signal.wait(LONG_S)
        ended.append(number)

    for number in range(200):
        run.take(lambda number=number: request(number))  # type: ignore[misc]  # bound early
    until = time.monotonic() + LONG_S
    while len(ended) < 200 and time.monotonic() < until:
        taken = [waiting.pop() for _ in range(len(waiting))]
        random.shuffle(taken)
        for signal in taken:
            signal.set()
        time.sleep(0.001)
    run.wait()
    assert sorted(ended) == list(range(200))
