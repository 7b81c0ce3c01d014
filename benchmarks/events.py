"""Whether the relay keeps up: events written at a steady rate, and how far the slowest listener is behind."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Final
from uuid import UUID

from django.db import connection, connections, transaction

from benchmarks.cast import gather
from benchmarks.figures import Figures
from benchmarks.stage import TENANT, cpu_of, database_cpu_s, part
from fondaco.identity.queries import list_customers
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import events, readers, relay, tenancy
from fondaco.kit.django.events import EventRow
from fondaco.kit.ids import encode, uuid7
from fondaco.ledger.types import TransferId
from fondaco.money import Asset, Money
from fondaco.project.postgres import Server
from fondaco.wallets.events import ChargePosted
from fondaco.webhooks import actions as webhooks

RATE: Final = 5_000
"""Events that are written in a second."""
_BATCH: Final = 100
"""As many as the intake writes in one transaction under load."""
_CATCH_UP_MAX_S: Final = 120.0
_MERCHANTS: Final = 10
_DOLLAR: Final = Asset("USD", 2)
_BEHIND: Final = "SELECT count(*) FROM kit_event WHERE (xid, seq) > (%s::text::xid8, %s)"
_IS_BEHIND: Final = "SELECT EXISTS (SELECT FROM kit_event WHERE (xid, seq) > (%s::text::xid8, %s))"
"""Asked often: counting them all takes a good part of a core from what is measured."""


@dataclass(slots=True)
class Watch:
    """Note how far the slowest listener is behind, a few times a second."""

    behind: list[int] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Look until told to end."""
        with tenancy.scope(TENANT):
            while not self.ended.wait(0.25):
                self.behind.append(_count_behind())
        connections.close_all()


def measure(server: Server, *, seconds: float, quick: bool) -> list[Figures]:
    """Write for some seconds with a worker beside it, without and with endpoints of webhooks."""
    with tenancy.scope(TENANT):
        cast = gather(merchants=_MERCHANTS, clients=20 if quick else 200)
        wallets = [encode("wal", UUID(one)) for one in cast.wallet_ids]
        table = Figures(
            f"The relay, {RATE:,} events a second",
            (
                "who listens",
                "written/s",
                "most behind",
                "back to zero after s",
                "relay µs",
                "server µs",
            ),
        )
        _measure(table, "the platform's own listeners", server, wallets, seconds)
        _listen()
        _measure(table, "and ten endpoints that nobody reaches", server, wallets, seconds)
    table.note(f"{len(relay.listeners())} listeners; a transaction writes {_BATCH} events")
    table.note("each event is a charge of two of the wallets; µs are processor time for one event")
    table.note("the second row queues a delivery for each event of a twentieth of the wallets")
    return [table]


def _measure(
    table: Figures, name: str, server: Server, wallets: Sequence[str], seconds: float
) -> None:
    watch = Watch()
    with part("worker", "--queues", "nothing") as worker:
        _wait(_is_level)
        watching = threading.Thread(target=watch.run)
        watching.start()
        cpu, of_server = cpu_of(worker), database_cpu_s(server)
        written, wall_s = _write(wallets, seconds)
        ended_at = time.perf_counter()
        _wait(_is_level)
        zero_s = time.perf_counter() - ended_at
        cpu, of_server = cpu_of(worker) - cpu, database_cpu_s(server) - of_server
        watch.ended.set()
        watching.join()
    table.add(
        name,
        written / wall_s,
        max(watch.behind, default=0),
        zero_s,
        1e6 * cpu / written,
        1e6 * of_server / written,
    )


def _write(wallets: Sequence[str], seconds: float) -> tuple[int, float]:
    """Write at the rate, as well as the machine can; give how many, and in what time."""
    pairs = cycle(zip(wallets, reversed(wallets), strict=True))
    began, written = time.perf_counter(), 0
    while (now := time.perf_counter() - began) < seconds:
        if written >= RATE * now:
            time.sleep(0.001)
            continue
        rows = [_charge(*next(pairs)) for _ in range(_BATCH)]
        with transaction.atomic(), connection.cursor() as cursor:
            events.insert(cursor, rows)
        written += _BATCH
    return written, time.perf_counter() - began


def _charge(payer: str, payee: str) -> EventRow:
    happened: Any = ChargePosted(
        transfer=encode("tr", TransferId(uuid7())),
        amount=Money(100, _DOLLAR),
        summary="Benchmark",
        payer_wallet=payer,
        payee_wallet=payee,
    )
    return events.row(happened, by=SYSTEM)


def _listen() -> None:
    """Have the events of ten customers queued; the address is a reserved one, so that nothing is sent."""
    for customer in list_customers(limit=10).items:
        webhooks.make_endpoint(
            customer_id=customer.id,
            url="https://receiver.example.com/",
            types=(),
            label="",
            by=SYSTEM,
        )


def _slowest() -> list[Any]:
    """Give the place up to which all listeners have come, as the statements take it."""
    known = readers.positions()
    places = [known.get(one.name, readers.START) for one in relay.listeners()]
    slowest = min(places, default=readers.START)
    return [str(slowest.xid), slowest.seq]


def _count_behind() -> int:
    """Count the events that the slowest listener has not seen."""
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, _slowest())
        (count,) = cursor.fetchone()
    return int(count)


def _is_level() -> bool:
    """Tell whether all listeners have seen all events."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_BEHIND, _slowest())
        (is_behind,) = cursor.fetchone()
    return not is_behind


def _wait(condition: Callable[[], bool]) -> None:
    """Wait for a condition.

    :raises TimeoutError: it does not come
    """
    deadline = time.monotonic() + _CATCH_UP_MAX_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"still {_count_behind():,} events behind")
        time.sleep(0.02)
