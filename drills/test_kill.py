"""Web, worker and PostgreSQL are killed while merchants charge; then the answers meet the books."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import pytest

from drills.charging import Newcomer, Press, Till
from drills.running import Platform
from drills.scale import scaled

FUNDS = "100000.00"
PARTS = ("web", "postgres", "worker")
GENEROUS = {
    "FONDACO_RATE_LOGIN_PER_MINUTE": "1000",
    "FONDACO_RATE_USER_PER_HOUR": "1000000",
    "FONDACO_RATE_USER_BURST_PER_SECOND": "100000",
}


@pytest.mark.drill
@pytest.mark.timeout(1800)
class TestKill:
    def test_loses_and_doubles_no_acknowledged_charge(
        self, open_folder: Path, record_property: Callable[[str, object], None]
    ) -> None:
        rounds = scaled(20)
        with ExitStack() as stack:
            platform = stack.enter_context(Platform(open_folder, **GENEROUS))

            def newcomer(kind: str, name: str) -> Newcomer:
                one = Newcomer(platform.url, kind=kind, name=name)
                stack.callback(one.leave)
                return one

            payers = [newcomer("client", f"payer{n}") for n in range(4)]
            for payer in payers:
                payer.top_up(FUNDS)
            tills = [Till(newcomer("company", f"merchant{n}"), payers) for n in range(4)]
            press = Press(newcomer("company", "press"), payers[0])
            press.from_many_threads()
            killed = _charge_through(platform, tills, rounds)
            press.from_many_threads()
            _hold_against_the_books(platform, tills, payers, press)
        record_property("kills", ", ".join(f"{part} {count}" for part, count in killed.items()))
        record_property("charges", sum(len(till.charged) for till in tills))
        record_property("retries", sum(till.retries for till in tills))
        record_property("answers to one key", len(press.answers))


def _charge_through(platform: Platform, tills: list[Till], rounds: int) -> dict[str, int]:
    """Kill one part after the other, in each round all of them, while all tills charge."""
    stop, killed = threading.Event(), Counter[str]()
    threads = [threading.Thread(target=till.run, args=(stop,)) for till in tills]
    for thread in threads:
        thread.start()
    try:
        for part in PARTS * rounds:
            time.sleep(1)
            platform.kill(part)
            killed[part] += 1
            platform.wait_until_back(part)
            _wait_for_more(tills, sum(len(till.charged) for till in tills) + 20)
    finally:
        stop.set()
        for thread in threads:
            thread.join(240)
    assert [till.faults for till in tills] == [[]] * len(tills)
    return dict(killed)


def _wait_for_more(tills: list[Till], count: int) -> None:
    """Wait until charges go through again, so that the next kill hits work and not its recovery."""
    deadline = time.monotonic() + 60
    while sum(len(till.charged) for till in tills) < count:
        assert not any(till.faults for till in tills), [till.faults for till in tills]
        assert time.monotonic() < deadline, "no charge goes through after a restart"
        time.sleep(0.05)


def _hold_against_the_books(
    platform: Platform, tills: list[Till], payers: list[Newcomer], press: Press
) -> None:
    assert press.faults == []
    assert len(press.bodies) == 1
    assert press.merchant.available() == press.amount
    for till in tills:
        assert sorted(till.summaries()) == sorted(f"drill {key}" for key in till.charged)
        assert len(set(till.charged.values())) == len(till.charged)
        assert till.merchant.available() == till.taken
    left = sum((payer.available() for payer in payers), Decimal(0))
    assert left == Decimal(FUNDS) * len(payers) - press.amount - sum(till.taken for till in tills)
    platform.run("ledger", "verify")
