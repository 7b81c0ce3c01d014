"""One run: turn after turn, with faults in between, and everything checked after each."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from unittest.mock import patch

import psycopg
from django.db import connection as django_connection

from fondaco.identity.passwords import Argon2
from fondaco.kit.django import events, relay
from fondaco.kit.django.events import EventRow
from fondaco.kit.options import override
from simulation import bank as banks
from simulation.auditor import HEARD, Violation, wait_until_gone
from simulation.faults import Faults
from simulation.house import House
from simulation.logbook import Logbook
from simulation.model import Contradiction
from simulation.people import BadAnswer
from simulation.plants import PLANTS
from simulation.process import Process, stepped_posters
from simulation.stage import TENANTS
from simulation.turns import Turns
from simulation.virtual import VirtualTime, installed

DAY_S: Final = 86_400
LAST: Final = 12
"""Steps that a failure shows."""
BROKEN: Final = (Violation, Contradiction, BadAnswer)


@dataclass(slots=True)
class Trace:
    """Sum up what happened, so that two runs can be compared by one number."""

    _sum: Any = field(default_factory=hashlib.sha256)
    last: deque[str] = field(default_factory=lambda: deque(maxlen=LAST))

    def add(self, line: str) -> None:
        """Take one step's line."""
        self._sum.update(line.encode() + b"\n")
        self.last.append(line)

    @property
    def digest(self) -> str:
        """Give the sum of all lines so far."""
        return str(self._sum.hexdigest()[:16])


@dataclass(frozen=True, slots=True)
class Finding:
    """Say how a run ended; no complaint: every promise held."""

    steps: int
    digest: str
    complaint: str = ""
    last: tuple[str, ...] = ()
    facts: str = ""
    logged: str = ""
    """The platform's own last complaint, where there was one."""


def run(
    *,
    seed: int,
    steps: int,
    connection: "psycopg.Connection[Any]",
    plant: str = "",
    progress: Callable[[Iterable[int]], Iterable[int]] = lambda numbers: numbers,
) -> Finding:
    """Run a number of steps from a seed; a broken promise ends it at once."""
    random, trace = Random(seed), Trace()  # noqa: S311 - chance that can be repeated is the point
    passing = VirtualTime()
    faults = Faults(connection, lambda process: wait_until_gone(connection, process))
    done = 0
    with ExitStack() as stack:
        # Checking passwords is slow on purpose, and nobody tries to guess them here.
        stack.enter_context(override(jwt_lifetime_s=DAY_S))
        stack.enter_context(patch.multiple(Argon2, memory_cost=64, time_cost=1))
        logbook = stack.enter_context(Logbook().open())
        stack.enter_context(installed(passing, Random(random.random())))  # noqa: S311 - likewise
        stack.enter_context(stepped_posters())
        stack.enter_context(faults.installed())
        if plant:
            PLANTS[plant](connection)
        turns = Turns(
            random=random,
            passing=passing,
            faults=faults,
            houses=[House(name, random, connection) for name in TENANTS],
            bank=banks.Bank(random),
            processes=[Process("web 1"), Process("web 2"), Process("worker")],
        )
        _listen()
        try:
            turns.begin()
            for number in progress(range(1, steps + 1)):
                trace.add(f"{number} {turns.take(number)}")
                done = number
            turns.end()
        except BROKEN as broken:
            complaint = f"{type(broken).__name__}: {broken}"
            last = (*trace.last, f"{done + 1} {turns.now_doing}")
            return Finding(done + 1, trace.digest, complaint, last, turns.facts, logbook.last)
    return Finding(done, trace.digest, facts=turns.facts)


def _listen() -> None:
    """Have a listener write down every event, in the transaction that moves its cursor."""
    for type_ in events.registry():
        relay.on(type_, _hear, name="simulation")


def _hear(event: EventRow) -> None:
    with django_connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {HEARD} VALUES (%s, %s)", [event.id, event.type])  # noqa: S608 - our own table
