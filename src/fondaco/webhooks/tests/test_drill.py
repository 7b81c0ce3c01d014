"""The dispatcher is killed again and again while receivers fail: everything arrives, signed and in order."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
from django.db import connection, transaction
from standardwebhooks.webhooks import Webhook

from drills.scale import SCALE, scaled
from fondaco.identity.tests.people import make_company
from fondaco.identity.types import customer_wire
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import events
from fondaco.kit.ids import encode, uuid7
from fondaco.wallets.events import WalletRenamed
from fondaco.webhooks import actions
from fondaco.webhooks.states import DeliveryState
from fondaco.webhooks.tests.cast import Box, listen, new_box

ROOT: Final = Path(__file__).parents[4]
SUBJECTS: Final = 20
FAIL_PERCENT: Final = 30
PATIENCE_S: Final = 500
HOUR: Final = timedelta(hours=1)
_SETTINGS: Final = {
    "FONDACO_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    "FONDACO_WEBHOOK_TIMEOUT_S": "1",
    "FONDACO_WEBHOOK_PAUSE_FACTOR": "0.001",
    "FONDACO_LOG_LEVEL": "error",
}


class Dispatcher:
    """The real worker, as a process of its own on the tests' database."""

    def __init__(self, log: Path) -> None:
        """Begin without a process."""
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        paths = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "fondaco", "worker", "--queues", "webhooks"],
                env=os.environ | _SETTINGS | {"PYTHONPATH": paths},
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill it without warning."""
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()[-4000:]
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@contextmanager
def dispatching(log: Path) -> Iterator[Dispatcher]:
    """Have a dispatcher within the block."""
    dispatcher = Dispatcher(log)
    dispatcher.start()
    try:
        yield dispatcher
    finally:
        dispatcher.kill()


class Books:
    """What arrived, looked at as it comes: the library takes signatures of the last five minutes alone."""

    def __init__(self, box: Box, secret: str) -> None:
        """Begin with nothing."""
        self._box, self._library = box, Webhook(secret)
        self.seen = 0
        self.taken: dict[str, list[int]] = defaultdict(list)
        """Wallet → the numbers of what its receiver took, in order."""

    def read_on(self) -> None:
        """Verify what came since, and write down what was taken."""
        for message in self._box.messages(after=self.seen):
            self._library.verify(message["body"], message["headers"])
            self.seen += 1
            if message["status"] < 300:
                told = json.loads(message["body"])
                self.taken[told["subject"]].append(int(told["data"]["label"]))

    def count(self) -> int:
        """Count what was taken, each once."""
        return len({number for numbers in self.taken.values() for number in numbers})


def write(customer_id: UUID, count: int) -> dict[str, list[int]]:
    """Write events of some wallets in turn, many in a transaction; give the numbers of each wallet."""
    wallets = [encode("wal", uuid7()) for _ in range(SUBJECTS)]
    expected: dict[str, list[int]] = defaultdict(list)
    rows = []
    for number in range(count):
        wallet = wallets[number % SUBJECTS]
        happened = WalletRenamed(
            wallet=wallet, customer=customer_wire(customer_id), label=str(number)
        )
        rows.append(events.row(happened, by=SYSTEM))
        expected[wallet].append(number)
    with transaction.atomic(), connection.cursor() as cursor:
        events.insert(cursor, rows)
    return dict(expected)


@dataclass(frozen=True, slots=True)
class Lane:
    """One customer with a receiver, what he is to get, and what he got."""

    customer_id: UUID
    endpoint_id: UUID
    books: Books
    expected: dict[str, list[int]]

    def count(self) -> int:
        """Count what was taken, each once."""
        self.books.read_on()
        return self.books.count()


def open_lane(origin: str, count: int) -> Lane:
    """Let somebody listen, and write his events."""
    customer_id, box = make_company().customer.id, new_box(origin)
    issued = listen(customer_id, box, "wallets.wallet.renamed")
    box.plan(fail_percent=FAIL_PERCENT)
    books = Books(box, issued.secret)
    return Lane(customer_id, issued.endpoint.id, books, write(customer_id, count))


@pytest.mark.drill
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("box")
class TestUnderFire:
    def test_all_arrive_in_order_though_receivers_fail_and_dispatchers_are_killed(
        self, origin: str, tmp_path: Path, record_property: Callable[[str, object], None]
    ) -> None:
        count, kills = max(100, round(10_000 * SCALE**1.5)), scaled(20, at_least=1)
        width = scaled(4, at_least=1)
        lanes = [open_lane(origin, count // width) for _ in range(width)]
        total = count // width * width
        with ExitStack() as stack:
            crew = [
                stack.enter_context(dispatching(tmp_path / f"worker{number}.log"))
                for number in range(width)
            ]
            for number in range(kills):
                wait_for(lanes, total * (number + 1) // (kills + 1))
                victim = crew[number % width]
                victim.kill()
                victim.start()
            wait_for(lanes, total, meanwhile=resend)
        for lane in lanes:
            first = {
                wallet: list(dict.fromkeys(numbers)) for wallet, numbers in lane.books.taken.items()
            }
            assert first == lane.expected
            for numbers in lane.books.taken.values():
                assert numbers == sorted(numbers), "what came twice came before anything later"
        taken = sum(len(one) for lane in lanes for one in lane.books.taken.values())
        record_property("kills", kills)
        record_property("events", total)
        record_property("messages", sum(lane.books.seen for lane in lanes))
        record_property("twice", taken - total)


def wait_for(
    lanes: Sequence[Lane], count: int, *, meanwhile: Callable[[Lane], object] | None = None
) -> None:
    """Wait until so many have been taken in all, so that the next kill hits work."""
    deadline = time.monotonic() + PATIENCE_S
    while (taken := sum(lane.count() for lane in lanes)) < count:
        assert time.monotonic() < deadline, f"{taken} of {count} taken"
        time.sleep(0.25)
        if meanwhile is not None:
            for lane in lanes:
                meanwhile(lane)


def resend(lane: Lane) -> None:
    """Send again what has failed ten times, as its owner would have it."""
    now = clock.now()
    actions.resend_range(
        endpoint_id=lane.endpoint_id,
        customer_id=lane.customer_id,
        since=now - HOUR,
        until=now + HOUR,
        states=frozenset({DeliveryState.FAILED}),
        by=SYSTEM,
    )
