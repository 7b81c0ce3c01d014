"""How the poster gathers tickets, and what it does when nothing goes through."""

import threading
import time
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from psycopg import errors

from fondaco.kit.django.idempotency import Answer, Key
from fondaco.kit.inbox import Inbox
from fondaco.kit.options import override
from fondaco.ledger import poster as poster_module
from fondaco.ledger.jobs import Batch, Job, Ticket
from fondaco.ledger.memory import Memory
from fondaco.ledger.poster import DONE_HERE_MAX, TRIES, Poster
from fondaco.ledger.tests.books import move
from fondaco.ledger.types import AccountId, Companions, Submission


def ticket(size: int = 1, *, waits_s: float = 60) -> Ticket:
    """Hand in so many transfers, and wait so long for them."""
    transfers = [move(AccountId(1), AccountId(2), 1) for _ in range(size)]
    return Ticket([Job(Submission(transfers=transfers), "x")], deadline=time.monotonic() + waits_s)


def make_poster() -> Poster:
    """Make a poster that is not started."""
    return Poster(connect={}, search_path="nowhere", remembered=Memory(), inbox=Inbox())


class TestGathering:
    """What makes a batch."""

    @pytest.fixture
    def batches(self, monkeypatch: pytest.MonkeyPatch) -> list[list[Ticket]]:
        """Keep what would be worked on."""
        worked: list[list[Ticket]] = []

        def work(_poster: Poster, tickets: Sequence[Ticket]) -> None:
            worked.append(list(tickets))

        monkeypatch.setattr(Poster, "_work", work)
        return worked

    def test_takes_all_that_waits_up_to_the_limit(self, batches: list[list[Ticket]]) -> None:
        """A ticket is never cut in two; what does not fit begins the next batch."""
        poster = make_poster()
        tickets = [ticket(2), ticket(1), ticket(2), ticket(2), ticket(5)]
        for one in tickets:
            poster.put(one)
        poster.stop()
        with override(intake_batch_max=3):
            poster._run()
        assert batches == [tickets[:2], [tickets[2]], [tickets[3]], [tickets[4]]]

    def test_leaves_out_those_whose_callers_have_gone(self, batches: list[list[Ticket]]) -> None:
        """A batch of nobody is none."""
        poster = make_poster()
        gone, there = ticket(waits_s=-1), ticket()
        with override(intake_batch_max=1):
            for one in (gone, there, gone):
                poster.put(one)
            poster.stop()
            poster._run()
        assert batches == [[there]]

    def test_finishes_what_slipped_in_while_it_was_told_to_end(
        self, batches: list[list[Ticket]]
    ) -> None:
        """Whoever was taken is answered."""
        poster = make_poster()
        before, after = ticket(), ticket()
        poster.put(before)
        poster.stop()
        poster.put(after)
        poster._run()
        assert batches == [[before, after]]

    def test_waits_for_its_partner_and_takes_what_came_meanwhile(self) -> None:
        """A small batch rather grows than overlaps."""
        poster = make_poster()
        first, second = ticket(), ticket()
        flight = poster._turns.begin(overlaps=False)

        def land() -> None:
            poster.put(second)
            flight.end(has_committed=True)

        threading.Timer(0.01, land).start()
        assert poster._gather(first, size_max=100) == [first, second]


class TestDoing:
    """A caller's thread does the poster's work."""

    @pytest.fixture
    def batches(self, monkeypatch: pytest.MonkeyPatch) -> list[list[Ticket]]:
        """Keep what would be worked on."""
        worked: list[list[Ticket]] = []
        monkeypatch.setattr(Poster, "_work", lambda _poster, tickets: worked.append(list(tickets)))
        return worked

    def test_takes_what_is_little(self, batches: list[list[Ticket]]) -> None:
        """The poster's own thread is not woken."""
        poster = make_poster()
        tickets = [ticket(), ticket(2)]
        for one in tickets:
            poster.put(one)
        poster.do()
        poster.do()  # nothing is left
        assert batches == [tickets]
        assert not poster._inbox._bell.qsize()

    def test_leaves_the_rest_of_much(self, batches: list[list[Ticket]]) -> None:
        """What does not fit waits for the poster's thread, which is woken."""
        poster = make_poster()
        tickets = [ticket(DONE_HERE_MAX - 1), ticket(2)]
        for one in tickets:
            poster.put(one)
        poster.do()
        assert batches == [tickets[:1]]
        assert poster._inbox.take() is tickets[1]
        assert poster._inbox._bell.qsize() == 1

    def test_leaves_a_large_ticket(self, batches: list[list[Ticket]]) -> None:
        """It stays the first in the queue."""
        poster = make_poster()
        large = ticket(DONE_HERE_MAX + 1)
        poster.put(large)
        poster.do()
        assert (batches, poster._inbox.take()) == ([], large)
        assert poster._inbox._bell.qsize() == 1

    def test_leaves_many_tickets(self, batches: list[list[Ticket]]) -> None:
        """So many callers are worth a thread of their own."""
        poster = make_poster()
        for _ in range(DONE_HERE_MAX + 1):
            poster.put(ticket())
        poster.do()
        assert (batches, len(poster._inbox)) == ([], DONE_HERE_MAX + 1)
        assert poster._inbox._bell.qsize() == 1

    def test_does_not_wait_for_whoever_is_at_work(self, batches: list[list[Ticket]]) -> None:
        """The thread has others to serve."""
        poster = make_poster()
        poster.put(ticket())
        flight = poster._turns.begin(overlaps=False)
        poster.do()
        flight.end(has_committed=True)
        with poster._at_work:
            poster.do()
            poster.do()
        assert (batches, len(poster._inbox)) == ([], 1)
        assert poster._inbox._bell.qsize() == 1

    def test_keeps_the_connection_while_others_use_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The poster's own thread rests, but callers do its work."""
        monkeypatch.setattr(poster_module, "IDLE_S", 0.02)
        poster = make_poster()
        closed: list[float] = []

        def disconnect(_poster: Poster) -> None:
            closed.append(time.monotonic())
            poster.stop()

        monkeypatch.setattr(Poster, "_disconnect", disconnect)
        poster._worked_at = worked_at = time.monotonic() + 0.1
        assert poster._wait() is None
        assert closed[0] >= worked_at + 0.02


class TestFailing:
    """When the database does not take a batch."""

    def test_says_nothing_after_so_many_tries(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The caller is woken, and told that nothing is known."""
        tries: list[bool] = []

        def refuse(_poster: Poster, _tickets: Sequence[Ticket], *, careful: bool) -> None:
            tries.append(careful)
            raise errors.DeadlockDetected

        monkeypatch.setattr(Poster, "_try", refuse)
        monkeypatch.setattr(Poster, "_rollback", lambda _poster: None)
        one = ticket()
        make_poster()._work([one])
        assert one.wait(0)
        assert (one.jobs[0].error, one.jobs[0].submitted) == (None, None)
        assert tries == [False] + [True] * (TRIES - 1)

    def test_tells_a_caller_what_is_wrong_with_his_alone(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The others of the batch go through, each by itself."""
        bad, good = ticket(), ticket()

        def check(_poster: Poster, tickets: Sequence[Ticket], *, careful: bool) -> None:
            del careful
            if bad in tickets:
                raise ZeroDivisionError

        monkeypatch.setattr(Poster, "_try", check)
        monkeypatch.setattr(poster_module.log, "exception", lambda *_words, **_more: None)
        make_poster()._work([bad, good])
        assert bad.wait(0)
        assert good.wait(0)
        assert isinstance(bad.jobs[0].error, ZeroDivisionError)
        assert good.jobs[0].error is None

    def test_gives_up_a_connection_that_cannot_roll_back(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The next try opens another."""
        poster = make_poster()
        closed: list[Any] = []

        def break_down(_poster: Poster) -> Any:
            raise psycopg.OperationalError

        monkeypatch.setattr(Poster, "_connected", break_down)
        monkeypatch.setattr(Poster, "_disconnect", lambda _poster: closed.append(1))
        poster._rollback()
        assert closed == [1]


class TestBatch:
    """Keys within a batch."""

    def test_leaves_a_double_open_when_the_first_was_not_answered(self) -> None:
        """Nothing can be replayed that is not known."""
        key = Key(b"1" * 16, b"2" * 16)
        companions = Companions(key=key, answer=lambda _outcomes: Answer(200, b""))
        jobs = [Job(Submission(transfers=[], companions=companions), "x") for _ in range(2)]
        batch = Batch(jobs)
        batch.find_replays({})
        batch.settle()
        assert [job.submitted for job in jobs] == [None, None]
        assert batch.fresh == jobs[:1]
