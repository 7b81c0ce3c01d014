"""Serve many requests with few threads: one that waits for the ledger's intake gives its thread to the next.

With a thread for each request, a charge cost sixteen switches between threads, and a quarter of the web
process's time; see the decision on requests that wait. A request is a greenlet here, so the code that it runs
reads as it always did. Everything else that blocks (the database, a vendor) keeps its thread, and others
are woken instead.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from heapq import heappop, heappush
from itertools import count
from queue import Empty, SimpleQueue
from typing import Final

import structlog
from greenlet import getcurrent, greenlet

from fondaco.kit.django import waiting
from fondaco.kit.django.waiting import Errand, Signal

AWAKE: Final = 2
"""So many threads are woken at once; further ones only fight for the interpreter."""
TICK_S: Final = 0.01
"""Where requests wait and nothing moved for so long, those awake must be blocked: another one is woken."""

Request = Callable[[], None]

log = structlog.get_logger(__name__)


class Workers:
    """Hand requests to threads, which are started when they are needed."""

    def __init__(self, *, threads: int) -> None:
        """Begin without any; there will be ``threads`` at most."""
        self.new: deque[Request] = deque()
        self.idle: list[Worker] = []
        self.has_moved = False
        """Whether a request was begun or continued since the last tick."""
        self._all: list[Worker] = []
        self._threads = threads
        self._started = 0
        self._starting = threading.Lock()
        self._busy = threading.Event()
        threading.Thread(target=self._watch, name="workers-watch", daemon=True).start()

    def take(self, request: Request) -> None:
        """Have a request served; called from any thread."""
        self.new.append(request)
        if self._awake() < AWAKE:
            self._wake_one()
        self.watch()

    def watch(self) -> None:
        """Have those watched who are awake."""
        if not self._busy.is_set():
            self._busy.set()

    def _awake(self) -> int:
        return self._started - len(self.idle)

    def _wake_one(self) -> None:
        try:
            worker = self.idle.pop()
        except IndexError:
            self._start_one()
        else:
            worker.nudge()

    def _start_one(self) -> None:
        with self._starting:
            if self._started < self._threads:
                self._started += 1
                self._all.append(Worker(self))
                self._all[-1].start()

    def _watch(self) -> None:
        """Wake one more thread whenever requests wait and nothing moved for a tick.

        Whoever is blocked might have an errand, too, which others wait for.
        """
        while True:
            if not self.new and not self._awake():
                self._busy.clear()
                if not self.new:
                    self._busy.wait()
            self.has_moved = False
            time.sleep(TICK_S)
            if self.new and not self.has_moved:
                self._wake_one()
            for worker in self._all:
                worker.delegate()


class Worker:
    """Run requests in a thread of its own, one at a time, and others while one waits."""

    def __init__(self, workers: Workers) -> None:
        """Belong to the workers."""
        self._workers = workers
        self._woken: SimpleQueue[Signal | None] = SimpleQueue()
        self._deadlines: list[tuple[float, int, Signal]] = []
        self._numbers = count()
        self._hub: greenlet | None = None
        self._errand: Errand | None = None
        """What those who wait here need, and nobody was asked to do."""

    def start(self) -> None:
        """Begin to work."""
        threading.Thread(target=self._run, name="worker", daemon=True).start()

    def nudge(self) -> None:
        """Have it look at what there is to do; called from any thread."""
        self._woken.put(None)

    def wake(self, signal: Signal) -> None:
        """Go on with the request that waits for a signal; called from any thread."""
        self._woken.put(signal)

    def delegate(self) -> None:
        """Have others do the errand that is left; called from any thread."""
        errand = self._errand
        if errand is not None:
            errand.delegate()

    def suspend(self, signal: Signal, *, timeout_s: float, errand: Errand | None) -> None:
        """Run other requests until the signal is set or the time is over.

        The errand is done here before this thread rests, unless there is a new request to begin first.
        """
        if errand is not None and errand is not self._errand:
            self.delegate()
            self._errand = errand
        heappush(self._deadlines, (time.monotonic() + timeout_s, next(self._numbers), signal))
        if self._hub is not None:
            self._hub.switch()

    def _run(self) -> None:
        self._hub = getcurrent()
        waiting.settle(self)
        while True:
            self._continue_woken()
            if self._deadlines:
                # Under load a worker may never rest, and those who wait here give up in time all the same.
                self._continue_late()
            if (request := self._take_new()) is not None:
                greenlet(_attempt).switch(request)
            elif self._errand is not None:
                errand, self._errand = self._errand, None
                _attempt(errand.do)
            else:
                self._rest()

    def _take_new(self) -> Request | None:
        try:
            request = self._workers.new.popleft()
        except IndexError:
            return None
        self._workers.has_moved = True
        self.delegate()
        self._errand = None
        return request

    def _continue_woken(self) -> None:
        while True:
            try:
                signal = self._woken.get_nowait()
            except Empty:
                return
            self._workers.has_moved = True
            _continue(signal)

    def _rest(self) -> None:
        """Wait for something to do."""
        idle = self._workers.idle
        idle.append(self)
        # Whoever adds a request from now on sees this worker idle; one added before is seen here.
        signal = None
        if not self._workers.new:
            try:
                signal = self._woken.get(timeout=self._next_deadline_s())
            except Empty:
                self._continue_late()
        with suppress(ValueError):  # somebody took it out to nudge it
            idle.remove(self)
        self._workers.watch()
        _continue(signal)

    def _next_deadline_s(self) -> float | None:
        """Give the seconds until the first of those who wait gives up, forgetting those who do no more."""
        while self._deadlines:
            at, _, signal = self._deadlines[0]
            if signal.waiter is not None:
                return max(0.0, at - time.monotonic())
            heappop(self._deadlines)
        return None

    def _continue_late(self) -> None:
        while self._next_deadline_s() == 0.0:
            _continue(heappop(self._deadlines)[2])


def _continue(signal: Signal | None) -> None:
    """Go on with what waits for a signal, if it still does."""
    if signal is not None and signal.waiter is not None:
        signal.waiter.switch()


def _attempt(request: Request) -> None:
    try:
        request()
    except Exception:
        log.exception("workers.request.failed")
