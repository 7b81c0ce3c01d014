"""One tenant of a run: its customers, the model of what they may know, and its auditor."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

import psycopg

from simulation.auditor import Auditor, Violation
from simulation.model import DONE, Ask, Contradiction, Model
from simulation.people import Customer, Reply
from simulation.requests import Wire
from simulation.wishes import Wishes

RETRIED_FOR: Final = timedelta(days=20)
"""Nobody retries what is older; answers are kept for thirty days."""
_NAMES: Final = ("ann", "bob", "cleo", "dan", "eve", "finn", "gus", "hana", "ivo", "june")
_MERCHANTS: Final = frozenset({"bob", "dan", "gus"})
_MOVES: Final = {
    "top_up": "post",
    "credit": "post",
    "refund": "post",
    "move": "post",
    "cash_out": "hold",
}
"""The step in the books under the wish's own tag."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Remember an answer that a customer got under a key."""

    ask: Ask
    reply: Reply
    at: datetime


class House:
    """Hold all that belongs to one tenant."""

    def __init__(self, name: str, random: Random, connection: "psycopg.Connection[Any]") -> None:
        """Begin without customers."""
        self.name = name
        self.customers: dict[str, Customer] = {}
        self.model = Model()
        self.wire = Wire(self.customers)
        self.auditor = Auditor(connection, _schema(connection, name))
        self.answered: deque[Answered] = deque(maxlen=100)
        self.unanswered: deque[Ask] = deque()
        self._random = random

    @property
    def wishes(self) -> Wishes:
        """Give what thinks of wishes for the customers that there are."""
        return self._wishes

    def begin(self, count: int) -> None:
        """Have the first customers sign up."""
        for _ in range(count):
            newcomer = self.newcomer()
            if newcomer is not None and newcomer.sign_up().code != DONE:
                raise Violation(f"{newcomer.name} could not sign up")
        self._wishes = Wishes(self._random, self.customers, self.model, self.wire)

    def newcomer(self) -> Customer | None:
        """Give somebody who is to sign up, or none when all have."""
        for number, name in enumerate(_NAMES):
            known = self.customers.get(name)
            if known is None:
                known = Customer(name, self.name, name in _MERCHANTS, number)
                self.customers[name] = known
            if not known.wallet_token:
                return known
        return None

    def check(self) -> None:
        """Audit the books, and compare them with what the model holds possible.

        :raises Violation: the books contradict themselves
        :raises Contradiction: they contradict what customers were told
        """
        names = {one.wallet_id: one.name for one in self.customers.values()}
        found = self.auditor.check()
        self.model.see({(names.get(w, w), currency): b for (w, currency), b in found.items()})

    def check_answer(self, ask: Ask, code: str | None) -> None:
        """See that what was acknowledged is in the books exactly once, and what was refused is not.

        :raises Violation: it is otherwise
        """
        step = _MOVES.get(ask.verb)
        if ask.verb == "charge":
            step = "hold" if ask.about["holds"] else "post"
        if step is None or code is None:
            return
        count = self.auditor.count(ask.tag, step)
        if count != (code == DONE):
            raise Violation(f"“{ask}” was answered {code}, and the books hold it {count} times")

    def remember(self, ask: Ask, reply: Reply, at: datetime) -> None:
        """Note an answer, or that there was none."""
        if not ask.is_keyed:
            return
        if reply.code is None:
            self.unanswered.append(ask)
        else:
            self.answered.append(Answered(ask, reply, at))

    def an_answered(self, at: datetime) -> Answered | None:
        """Give something that was answered and that somebody may still retry, or none."""
        fitting = [one for one in self.answered if one.at > at - RETRIED_FOR]
        return self._random.choice(fitting) if fitting else None


def check_replay(first: Reply, again: Reply) -> None:
    """See that a retry got the first answer, byte for byte.

    :raises Contradiction: it did not
    """
    if again.code is not None and (again.code, again.body) != (first.code, first.body):
        raise Contradiction(f"a retry was answered {again.body!r} instead of {first.body!r}")
    if again.code is not None and not again.is_replay:
        raise Contradiction("a retry was not marked as a replay")


def _schema(connection: "psycopg.Connection[Any]", name: str) -> str:
    row = connection.execute(
        "SELECT schema FROM public.tenancy_tenant WHERE name = %s", [name]
    ).fetchone()
    assert row is not None
    return str(row[0])
