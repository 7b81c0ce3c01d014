"""Errands of those who wait: done by a thread that would rest, by others where it has more to do."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connections

from fondaco.kit.django import tenancy
from fondaco.kit.django.waiting import Signal
from fondaco.ledger import actions
from fondaco.ledger.jobs import Ticket
from fondaco.ledger.poster import DONE_HERE_MAX, Poster
from fondaco.ledger.tests.books import BY, account, balance, give_each, move, open_wallet
from fondaco.ledger.types import LateSubmission, Result, Submission
from fondaco.project.workers import Workers

LONG_S = 30.0


class Errand:
    """Set a signal, and note who did or delegated it."""

    def __init__(self) -> None:
        self.signal, self.told = Signal(), list[tuple[str, int]]()

    def do(self) -> None:
        self.told.append(("done", threading.get_ident()))
        self.signal.set()

    def delegate(self) -> None:
        self.told.append(("delegated", threading.get_ident()))
        self.signal.set()

    def wait(self) -> bool:
        return self.signal.wait(LONG_S, errand=self)


def serve(*acts: Callable[[], object]) -> int:
    """Serve requests with one thread, all there before the first begins, and give the thread."""
    workers, begun, left = Workers(threads=1), threading.Event(), threading.Semaphore(0)
    served: list[int] = []

    def request(act: Callable[[], object]) -> None:
        served.append(threading.get_ident())
        try:
            act()
        finally:
            connections.close_all()
            left.release()

    workers.take(lambda: hold(begun))
    for act in acts:
        workers.take(lambda act=act: request(act))  # type: ignore[misc]  # bound early
    begun.set()
    for _ in acts:
        assert left.acquire(timeout=LONG_S)
    (thread,) = set(served)
    return thread


def hold(begun: threading.Event) -> None:
    """Keep the thread until all are there."""
    begun.wait(LONG_S)


def open_all(gates: Sequence[Signal]) -> None:
    """Let all go on in one round."""
    for gate in gates:
        gate.set()


def test_a_thread_that_would_rest_does_it() -> None:
    errand = Errand()
    thread = serve(errand.wait)
    assert errand.told == [("done", thread)]


def test_a_thread_that_begins_another_request_delegates_it() -> None:
    errand, seen = Errand(), list[object]()
    thread = serve(errand.wait, lambda: seen.extend(errand.told))
    assert seen == errand.told == [("delegated", thread)]


def test_an_errand_does_not_push_out_another_one() -> None:
    """Two who go on in one thread wait for different things."""
    gates, errands = [Signal(), Signal()], [Errand(), Errand()]

    def wait(number: int) -> None:
        assert gates[number].wait(LONG_S)
        assert errands[number].wait()

    thread = serve(lambda: wait(0), lambda: wait(1), lambda: open_all(gates))
    assert [errand.told for errand in errands] == [[("delegated", thread)], [("done", thread)]]


def test_others_do_it_for_a_thread_that_is_blocked() -> None:
    gates, errand, seen = [Signal(), Signal()], Errand(), list[object]()

    def wait() -> None:
        assert gates[0].wait(LONG_S)
        assert errand.wait()

    def block() -> None:
        assert gates[1].wait(LONG_S)
        until = time.monotonic() + LONG_S
        while not errand.told and time.monotonic() < until:
            time.sleep(0.001)
        seen.extend(errand.told)

    thread = serve(wait, block, lambda: open_all(gates))
    (what, who) = errand.told[0]
    assert (what, who == thread) == ("delegated", False)
    assert errand.told[0] in seen


def test_a_thread_without_workers_delegates_it() -> None:
    errand = Errand()
    assert errand.wait()
    assert errand.told == [("delegated", threading.get_ident())]


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> "Counter[tuple[str, bool]]":
    """Count the batches by the thread that committed them, and whether they were small."""
    counted: Counter[tuple[str, bool]] = Counter()
    work = Poster._work

    def note(poster: Poster, tickets: Sequence[Ticket]) -> None:
        size = sum(ticket.size for ticket in tickets)
        counted[threading.current_thread().name, size <= DONE_HERE_MAX] += 1
        work(poster, tickets)

    monkeypatch.setattr(Poster, "_work", note)
    return counted


@pytest.mark.usefixtures("tenant")
class TestIntake:
    """A worker with nothing else to do is the poster."""

    def test_callers_post_for_each_other(self, posted: "Counter[tuple[str, bool]]") -> None:
        """Nothing is lost or doubled, whoever posts."""
        merchant, wallets = open_wallet(), [open_wallet() for _ in range(8)]
        give_each(wallets, 15)
        results: Counter[Result] = Counter()
        posted.clear()

        def pay(number: int) -> None:
            for _ in range(20):
                asked = [move(wallets[number], merchant, 1)]
                results[actions.submit(asked, by=BY).outcomes[0].result] += 1

        serve(*[tenancy.run_in_context(lambda n=n: pay(n)) for n in range(8)])
        assert results == {Result.POSTED: 120, Result.INSUFFICIENT_FUNDS: 40}
        assert (balance(merchant), account(merchant).version) == (120, 120)
        assert posted["worker", True] > 10

    def test_much_is_left_to_the_poster(self, posted: "Counter[tuple[str, bool]]") -> None:
        """A large batch would keep the others of this thread waiting."""
        payer, payee = open_wallet(), open_wallet()
        give_each([payer], 100)
        posted.clear()

        def pay() -> None:
            actions.submit([move(payer, payee, 1) for _ in range(DONE_HERE_MAX + 1)], by=BY)

        serve(tenancy.run_in_context(pay))
        assert posted == {("ledger-intake", False): 1}
        assert balance(payee) == DONE_HERE_MAX + 1

    def test_what_is_looked_up_late(self, posted: "Counter[tuple[str, bool]]") -> None:
        """The worker's thread looks it up as the poster's does."""
        payer, payee = open_wallet(), open_wallet()
        give_each([payer], 100)
        posted.clear()

        def find(asked: Sequence[Any]) -> list[int]:
            return [account(one).version for one in asked]

        def prepare(version: int) -> Submission:
            return Submission(transfers=[move(payer, payee, version)])

        late = LateSubmission(find=find, ask=payer, prepare=prepare)
        serve(tenancy.run_in_context(lambda: actions.submit_late(late, by=BY)))
        assert posted == {("worker", True): 1}
        assert balance(payee) == 1
