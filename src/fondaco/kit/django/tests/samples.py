"""An event and tasks for the tests of readers, jobs and relay; workers under test import this module."""

import time
from dataclasses import dataclass

from django.db import transaction

from fondaco.kit.access import SYSTEM
from fondaco.kit.django import events, jobs, readers
from fondaco.kit.django.events import DomainEvent, event
from fondaco.kit.django.models import Event

LONG_S = 60
"""How long a task hangs that is to be killed."""


@event("kit_sample.mark.made", version=1)
@dataclass(frozen=True, slots=True, kw_only=True)
class MarkMade(DomainEvent):
    """Something left a mark."""

    name: str
    number: int = 0

    @property
    def subject(self) -> str:
        """Give the mark's name."""
        return self.name


def mark(name: str, number: int = 0) -> None:
    """Leave a mark in the current tenant, in a transaction of its own or the caller's."""
    with transaction.atomic():
        events.publish(MarkMade(name=name, number=number), by=SYSTEM)


def settle() -> None:
    """Wait until readers may see all events of the current tenant.

    Transactions of the server's other databases hold readers up too: those of tests beside this one.
    """
    newest = max([0, *Event.objects.order_by("-xid").values_list("xid", flat=True)[:1]])
    deadline = time.monotonic() + LONG_S
    while readers.tip().xid < newest:
        assert time.monotonic() < deadline, "a transaction is open for too long"
        time.sleep(0.005)


def count_marks(name: str) -> int:
    """Count the marks of a name in the current tenant."""
    return Event.objects.filter(type=MarkMade.event_type, subject=name).count()


@jobs.task(queue="samples")
def leave_mark(*, name: str) -> None:
    """Leave a mark."""
    mark(name)


@jobs.task(queue="samples", lock="{name}")
def leave_mark_alone(*, name: str) -> None:
    """Leave a mark when beginning and when ending; no two jobs of a name overlap."""
    mark(f"{name}:begun")
    time.sleep(0.05)
    mark(f"{name}:ended", number=count_marks(f"{name}:begun"))


@jobs.task(queue="samples")
def hang_once(*, name: str) -> None:
    """Hang when running for the first time, and leave a mark the second time."""
    mark(f"{name}:begun")
    if count_marks(f"{name}:begun") == 1:
        time.sleep(LONG_S)
    mark(name)


@jobs.task(queue="samples", retry=jobs.Retry(tries=3, first_s=0.1))
def fail_always(*, name: str) -> None:
    """Leave a mark and fail."""
    mark(name)
    raise ZeroDivisionError(name)


@jobs.task(queue="samples", once="{name}")
def leave_mark_once(*, name: str) -> None:
    """Leave a mark; enqueued once while one waits."""
    mark(name)


@jobs.periodic("* * * * * *")
@jobs.task(queue="samples", once="tick")
def tick() -> None:
    """Leave a mark each second in each tenant."""
    mark("tick")
