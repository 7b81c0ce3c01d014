"""Web processes: what each remembers by itself, its poster, and callers who ask at the same time."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any, Final, Generic, TypeVar
from unittest.mock import patch

from django.db import close_old_connections, connections

from fondaco.identity import revocation
from fondaco.kit.django import maintenance
from fondaco.kit.django.gathering import Gathering
from fondaco.kit.django.tenancy import directory
from fondaco.kit.options import options
from fondaco.ledger import intake, memory
from fondaco.ledger.jobs import Ticket
from fondaco.ledger.poster import Poster
from fondaco.wallets.queries import assets, parties
from simulation.faults import Crash, Faults

Answer = TypeVar("Answer")

_REMEMBERED: Final[Sequence[tuple[Any, str, Callable[[], Any]]]] = (
    (intake, "_posters", dict),
    (memory, "_memories", dict),
    (parties, "_payees", dict),
    (parties, "_gathering", lambda: Gathering(parties.find_payers)),
    (assets, "_known", dict),
    (directory, "_answers", dict),
    (maintenance, "_seen", dict),
    (revocation, "_known", dict),
)
"""All that a process learns while it runs: module, name, and how it begins."""


class Process:
    """Be one web process or worker: enter it to work with its memory; kill it to lose that memory."""

    def __init__(self, name: str) -> None:
        """Begin knowing nothing."""
        self.name = name
        self._state: list[Any] = []
        self.restart()

    def restart(self) -> None:
        """Begin anew, as a process that was just started."""
        self._state = [begin() for _, _, begin in _REMEMBERED]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Work with what this process remembers within the block."""
        for (module, name, _), value in zip(_REMEMBERED, self._state, strict=True):
            setattr(module, name, value)
        yield

    def kill(self) -> None:
        """Lose all memory and all connections."""
        for poster in self._state[0].values():
            poster.hang_up()
        connections.close_all()
        self.restart()


class SteppedPoster(Poster):
    """Post when told to, in the thread of whoever tells it, so that chance has no say in what is a batch."""

    def start(self) -> None:
        """Begin to take tickets; there is no thread."""

    def stop(self) -> None:
        """End; nothing is queued between two steps."""

    def join(self, timeout_s: float) -> bool:
        """Tell that it has ended."""
        del timeout_s
        return True

    def is_alive(self) -> bool:
        """Tell that tickets will be worked on."""
        return True

    def put(self, ticket: Ticket) -> None:
        """Queue a ticket; a caller among others waits for them, one who is alone has it posted at once."""
        super().put(ticket)
        caller = threading.current_thread()
        if isinstance(caller, Caller):
            caller.park()
        else:
            self.flush()

    def flush(self) -> None:
        """Post all that is queued, batch by batch."""
        while (first := self._inbox.take()) is not None:
            self._work(self._gather(first, size_max=options().intake_batch_max))

    def hang_up(self) -> None:
        """Drop the connection, as the end of the process does."""
        self._disconnect()


class Caller(threading.Thread, Generic[Answer]):
    """Ask in a thread of its own that runs only while it is its turn."""

    def __init__(self, ask: Callable[[], Answer], faults: Faults) -> None:
        """Take what to do; the context of the maker goes with it."""
        context = copy_context()
        super().__init__(target=lambda: context.run(self._ask), daemon=True)
        self._do, self._faults = ask, faults
        self._turn, self._rest = threading.Semaphore(0), threading.Semaphore(0)
        self.has_ended = False
        self.answer: Answer | None = None
        self.error: BaseException | None = None

    @property
    def the_answer(self) -> Answer:
        """Give the answer of a caller who met no error."""
        assert self.answer is not None
        return self.answer

    def proceed(self) -> None:
        """Let the thread run until it waits for the poster or ends."""
        if self.ident is None:
            self.start()
        else:
            self._turn.release()
        self._rest.acquire()

    def park(self) -> None:
        """Wait for the next turn; called in the thread itself.

        :raises Crash: the process died meanwhile
        """
        self._rest.release()
        self._turn.acquire()
        if self._faults.is_dead:
            raise Crash

    def _ask(self) -> None:
        try:
            self.answer = self._do()
        except BaseException as error:  # noqa: BLE001 - the step looks at it
            self.error = error
        finally:
            connections.close_all()
            self.has_ended = True
            self._rest.release()


def ask_together(
    asks: Sequence[Callable[[], Answer]], faults: Faults
) -> list[Answer | BaseException]:
    """Run all asks up to where they wait for the poster, post for them together, and let them end."""
    callers: list[Caller[Answer]] = [Caller(ask, faults) for ask in asks]
    while waiting := [caller for caller in callers if not caller.has_ended]:
        for caller in waiting:
            caller.proceed()
        if any(not caller.has_ended for caller in callers):
            _flush(faults)
    return [caller.error or caller.the_answer for caller in callers]


def _flush(faults: Faults) -> None:
    try:
        for poster in list(intake._posters.values()):  # noqa: SLF001 - the poster's part is played here
            if isinstance(poster, SteppedPoster):
                poster.flush()
    except Crash:
        if not faults.is_dead:
            raise


@contextmanager
def stepped_posters() -> Iterator[None]:
    """Have every process post when it is told to, within the block."""
    with patch.object(intake, "Poster", SteppedPoster):
        try:
            yield
        finally:
            close_old_connections()
