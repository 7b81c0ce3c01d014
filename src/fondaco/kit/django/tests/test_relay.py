"""The relay: every listener gets every event at least once, whatever fails between."""

import threading
from collections.abc import Sequence
from typing import Any, Final

import psycopg
import pytest
from django.db import connection, transaction

from fondaco.kit.django import readers, relay, tenancy, workers
from fondaco.kit.django.events import EventRow
from fondaco.kit.django.models import EventReader
from fondaco.kit.django.relay import CHANNEL, Herald, Leadership, NotLeader, Relay
from fondaco.kit.django.tenancy import directory
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.kit.django.tests.samples import MarkMade, count_marks, mark, settle

NOTIFY_S: Final = 10


@pytest.fixture(autouse=True)
def _no_listeners(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "_listeners", {})


@pytest.fixture
def notices() -> list[str]:
    """Collect what would be sent with NOTIFY."""
    return []


@pytest.fixture
def one(own: TenantScope, monkeypatch: pytest.MonkeyPatch) -> Relay:
    """Give a relay that looks at the own tenant alone."""
    monkeypatch.setattr(directory, "list_scopes", lambda: [own])
    return Relay()


@pytest.fixture
def herald(own: TenantScope, notices: list[str], monkeypatch: pytest.MonkeyPatch) -> Herald:
    """Give a herald that looks at the own tenant alone."""
    monkeypatch.setattr(directory, "list_scopes", lambda: [own])
    return Herald(notices.append)


class TestRelay:
    """A relay."""

    def test_brings_each_event_to_each_listener_in_the_tenants_scope(
        self, one: Relay, own: TenantScope
    ) -> None:
        heard: list[tuple[str, str, str]] = []

        def first(event: EventRow) -> None:
            heard.append(("first", event.subject, tenancy.current().name))

        def second(event: EventRow) -> None:
            heard.append(("second", event.subject, tenancy.current().name))

        relay.on(MarkMade.event_type, first)
        relay.on(MarkMade.event_type, second)
        mark("one")
        mark("two")
        settle()
        assert one.run_once() == 4
        assert one.run_once() == 0
        assert sorted(heard) == [
            (listener, subject, own.name)
            for listener in ("first", "second")
            for subject in ("one", "two")
        ]

    def test_brings_many_at_once_to_whoever_takes_them_together(self, one: Relay) -> None:
        heard: list[list[str]] = []
        relay.on_batch(
            [MarkMade.event_type], lambda events: heard.append([e.subject for e in events])
        )
        for name in ("one", "two", "three"):
            mark(name)
        settle()
        assert one.run_once() == 3
        assert heard == [["one", "two", "three"]]

    def test_brings_a_batch_that_fails_again_one_by_one(self, one: Relay) -> None:
        heard: list[str] = []

        def picky(events: Sequence[EventRow]) -> None:
            if any(event.subject == "poison" for event in events):
                raise ZeroDivisionError
            heard.extend(event.subject for event in events)

        relay.on_batch([MarkMade.event_type], picky, name="picky")
        for name in ("before", "poison", "after"):
            mark(name)
        settle()
        one.run_once()
        assert heard == ["before"]

    def test_gives_an_event_again_when_it_crashed_before_the_cursor_moved(self, one: Relay) -> None:
        sent_outside: list[str] = []

        def send(event: EventRow) -> None:
            if event.subject != "one":
                return
            mark("effect of one")
            sent_outside.append(event.subject)
            if len(sent_outside) == 1:
                raise KeyboardInterrupt

        relay.on(MarkMade.event_type, send, name="sender")
        mark("one")
        settle()
        with pytest.raises(KeyboardInterrupt):
            one.run_once()
        assert count_marks("effect of one") == 0

        settle()
        Relay().run_once()
        assert sent_outside == ["one", "one"]
        assert count_marks("effect of one") == 1

    def test_passes_no_event_that_a_listener_cannot_take(
        self, one: Relay, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        heard: list[str] = []
        poison = {"poison"}

        def picky(event: EventRow) -> None:
            if event.subject in poison:
                raise ZeroDivisionError
            heard.append(event.subject)

        def easy(event: EventRow) -> None:
            heard.append(f"easy {event.subject}")

        relay.on(MarkMade.event_type, picky)
        relay.on(MarkMade.event_type, easy)
        for name in ("before", "poison", "after"):
            mark(name)
        settle()
        one.run_once()
        assert sorted(set(heard)) == ["before", "easy after", "easy before", "easy poison"]
        assert "listener failed" in caplog.text

        poison.clear()
        monkeypatch.setattr(relay, "SWEEP_S", 0.0)
        settle()
        one.run_once()
        assert "after" not in heard, "a failed listener pauses"
        settle()
        Relay().run_once()
        assert [name for name in heard if not name.startswith("easy")][-2:] == ["poison", "after"]

    def test_lets_no_listener_hold_up_another(
        self, one: Relay, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(readers, "LIMIT", 2)
        monkeypatch.setattr(relay, "_TURN", 1)
        heard: list[tuple[str, list[str]]] = []
        for name in ("first", "second"):
            relay.on_batch(
                [MarkMade.event_type],
                lambda events, name=name: heard.append((name, [e.subject for e in events])),  # type: ignore[misc] # bound early
                name=name,
            )
        for number in range(3):
            mark(str(number))
        settle()
        passes = [(one.run_once(), one.is_behind) for _ in range(2)]
        assert passes == [(4, True), (2, False)]
        assert heard == [
            ("first", ["0", "1"]),
            ("second", ["0", "1"]),
            ("first", ["2"]),
            ("second", ["2"]),
        ]

    def test_has_those_pass_by_who_want_none_of_what_came(self, one: Relay) -> None:
        heard: list[str] = []
        relay.on(MarkMade.event_type, lambda event: heard.append(event.subject), name="keen")
        relay.on("kit_sample.other.made", lambda event: heard.append(event.subject), name="idle")
        mark("one")
        settle()
        assert one.run_once() == 1  # makes the cursors
        mark("two")
        settle()
        assert one.run_once() == 1
        assert heard == ["one", "two"]
        assert readers.positions() == dict.fromkeys(("idle", "keen"), readers.tip())

    def test_passes_nobody_by_who_lost_events_to_retention(
        self,
        one: Relay,
        owner_connection: "psycopg.Connection[Any]",
        own: TenantScope,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        relay.on("kit_sample.other.made", print, name="idle")
        mark("lost")
        owner_connection.execute(
            f"INSERT INTO {own.schema}.kit_event_horizon SELECT 1, xid::text::bigint, seq, now()"
            f" FROM {own.schema}.kit_event"
        )
        EventReader.objects.create(name="idle", moved_at="2026-01-01T00:00Z")
        mark("kept")
        settle()
        one.run_once()
        assert "lost events to retention" in caplog.text

    def test_goes_on_after_retention_took_what_a_listener_missed(
        self, one: Relay, owner_connection: "psycopg.Connection[Any]", own: TenantScope
    ) -> None:
        heard: list[str] = []
        relay.on(MarkMade.event_type, lambda event: heard.append(event.subject), name="slow")
        mark("lost")
        owner_connection.execute(
            f"INSERT INTO {own.schema}.kit_event_horizon SELECT 1, xid::text::bigint, seq, now()"
            f" FROM {own.schema}.kit_event"
        )
        EventReader.objects.create(name="slow", moved_at="2026-01-01T00:00Z")
        settle()
        one.run_once()
        mark("kept")
        settle()
        one.run_once()
        assert heard == ["kept"]

    def test_refuses_a_second_listener_of_one_name(self) -> None:
        relay.on(MarkMade.event_type, print, name="same")
        relay.on("kit_sample.other.made", print, name="same")
        with pytest.raises(ValueError, match="same"):
            relay.on(MarkMade.event_type, repr, name="same")  # type: ignore[arg-type] # any other function
        (listener,) = relay.listeners()
        assert listener.types == {MarkMade.event_type, "kit_sample.other.made"}


class TestHerald:
    """A herald."""

    def test_notifies_once_for_a_batch(
        self, herald: Herald, own: TenantScope, notices: list[str]
    ) -> None:
        for _ in range(3):
            mark("one")
        settle()
        assert herald.run_once()
        assert not herald.run_once()
        assert notices == [f"{own.name}:3"]
        mark("one")
        settle()
        herald.run_once()
        assert notices[1:] == [f"{own.name}:4"]

    def test_waits_for_no_listener(self, one: Relay, herald: Herald, notices: list[str]) -> None:
        relay.on(MarkMade.event_type, lambda _event: notices.append("listener"), name="slow")
        mark("one")
        settle()
        herald.run_once()
        one.run_once()
        assert notices[1:] == ["listener"]

    def test_tells_what_commits_late(
        self, herald: Herald, own: TenantScope, notices: list[str]
    ) -> None:
        begun, go = threading.Event(), threading.Event()

        def write_slowly() -> None:
            with tenancy.scope(own), transaction.atomic():
                mark("late")
                begun.set()
                go.wait(NOTIFY_S)
            connection.close()

        thread = threading.Thread(target=write_slowly)
        thread.start()
        assert begun.wait(NOTIFY_S)
        herald.run_once()
        assert notices == []
        go.set()
        thread.join()
        settle()
        herald.run_once()
        assert notices == [f"{own.name}:1"]


class TestLeadership:
    """The lock that makes one process the relay's."""

    def test_is_held_by_one_at_a_time_and_wakes_listeners(self) -> None:
        parameters = workers.direct_parameters()
        with psycopg.connect(**parameters, autocommit=True) as listening:
            listening.execute(f"LISTEN {CHANNEL}")
            with Leadership(parameters) as leader:
                with pytest.raises(NotLeader), Leadership(parameters):
                    pass
                leader.check()
                leader.notify("alpha:1")
                (notice,) = listening.notifies(timeout=NOTIFY_S, stop_after=1)
            assert notice.payload == "alpha:1"
            with Leadership(parameters) as leader:
                leader.check()

    def test_is_lost_with_its_connection(
        self, superuser_connection: "psycopg.Connection[Any]"
    ) -> None:
        with Leadership(workers.direct_parameters()) as leader:
            superuser_connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            with pytest.raises(psycopg.OperationalError):
                leader.check()


@pytest.mark.usefixtures("tenant")
def test_wakes_over_djangos_connection_cost_nothing() -> None:
    """A transaction with an event sends no NOTIFY: that would serialise commits."""
    with psycopg.connect(**workers.direct_parameters(), autocommit=True) as listening:
        listening.execute(f"LISTEN {CHANNEL}")
        mark("silent")
        assert list(listening.notifies(timeout=0.2, stop_after=1)) == []
    assert not connection.in_atomic_block
