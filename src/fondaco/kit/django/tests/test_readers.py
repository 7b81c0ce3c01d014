"""Readers: nothing skipped, nothing twice, whatever the order of commits."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, transaction

from fondaco.kit.access import SYSTEM
from fondaco.kit.django import events, readers, tenancy
from fondaco.kit.django.events import EventRow
from fondaco.kit.django.readers import BehindRetention, Position, Reader
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.kit.django.tests.samples import MarkMade, count_marks, mark, settle

WRITERS: Final = 8
TRANSACTIONS: Final = 25
PATIENCE_S: Final = 60


def _names(reader: Reader, limit: int = 100) -> list[str]:
    settle()
    return [stored.event.subject for stored in reader.read(limit)]


class _Slow:
    """A transaction in another connection, which ends when told."""

    def __init__(self, names: list[str]) -> None:
        self._names, self._ready, self._go = names, threading.Event(), threading.Event()
        self._thread = threading.Thread(target=tenancy.run_in_context(self._run))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)
        return self

    def __exit__(self, *_reason: object) -> None:
        self.commit()

    def commit(self) -> None:
        self._go.set()
        self._thread.join()

    def _run(self) -> None:
        with transaction.atomic():
            for name in self._names:
                events.publish(MarkMade(name=name), by=SYSTEM)
            self._ready.set()
            assert self._go.wait(PATIENCE_S)
        connection.close()


@pytest.mark.usefixtures("own")
class TestReader:
    """A reader."""

    def test_waits_for_an_older_transaction_that_commits_later(self) -> None:
        reader = Reader("waiting")
        with _Slow(["slow"]) as slow:
            mark("quick")
            assert list(reader.read()) == []
            slow.commit()
            assert _names(reader) == ["slow", "quick"]

    def test_goes_by_transactions_when_sequence_numbers_are_in_another_order(self) -> None:
        reader = Reader("ordered")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
            with _Slow(["later"]) as slow:
                slow.commit()
            events.publish(MarkMade(name="earlier"), by=SYSTEM)
        assert _names(reader) == ["earlier", "later"]
        reader.advance(reader.read(1)[0].position)
        assert _names(reader) == ["later"]

    def test_never_goes_back(self) -> None:
        reader = Reader("forward")
        mark("one")
        settle()
        end = reader.read()[-1].position
        reader.advance(end)
        reader.advance(Position(1, 1))
        assert reader.position() == end

    def test_undoes_its_reaction_and_keeps_its_place_when_it_fails(self) -> None:
        reader = Reader("failing")
        mark("one")
        settle()

        def fail(_event: EventRow) -> None:
            mark("effect")
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            reader.consume(fail)
        assert count_marks("effect") == 0
        assert _names(reader) == ["one"]

    def test_reacts_once_in_this_database(self) -> None:
        reader = Reader("once")
        mark("one")
        settle()
        types = {MarkMade.event_type}
        seen: list[str] = []
        assert reader.consume(lambda event: seen.append(event.subject), types=types) == 1
        assert reader.consume(lambda event: seen.append(event.subject), types=types) == 0
        assert seen == ["one"]

    def test_passes_by_what_it_does_not_listen_to(self) -> None:
        reader = Reader("choosy")
        mark("one")
        settle()
        assert reader.consume(lambda _event: None, types={"kit_sample.other.made"}) == 0
        assert reader.position() == readers.tip()

    def test_is_one_process_at_a_time(self) -> None:
        reader = Reader("alone")
        mark("one")
        settle()
        with ThreadPoolExecutor(1) as threads:

            def rival(_event: EventRow) -> None:
                second = threads.submit(tenancy.run_in_context(_consume_and_close), reader)
                assert second.result(PATIENCE_S) == 0

            assert reader.consume(rival) == 1

    def test_finds_the_place_of_an_event(self) -> None:
        mark("one")
        mark("two")
        settle()
        first, second = Reader("places").read()
        place = readers.find_position(first.event.id)
        assert place == first.position
        assert list(readers.read_after(place)) == [second]
        assert readers.find_position(uuid4()) is None


def _consume_and_close(reader: Reader) -> int:
    try:
        return reader.consume(lambda _event: None)
    finally:
        connection.close()


@pytest.mark.usefixtures("own")
class _Writer:
    """Write transactions of some events each, slowly; a fifth of them fail."""

    def __init__(self, name: str, written: list[str]) -> None:
        self._name, self._written, self._chance = name, written, random.Random(name)

    def run(self) -> None:
        for number in range(TRANSACTIONS):
            names = [f"{self._name}/{number}/{part}" for part in range(self._chance.randint(1, 3))]
            with suppress(ZeroDivisionError):
                self._write(names)
                self._written.extend(names)
        connection.close()

    def _write(self, names: list[str]) -> None:
        with transaction.atomic():
            for name in names:
                events.publish(MarkMade(name=name), by=SYSTEM)
                time.sleep(self._chance.random() / 100)
            if self._chance.random() < 0.2:
                raise ZeroDivisionError


@pytest.mark.usefixtures("own")
class TestConcurrentCommits:
    """Many writers whose transactions overlap, some of which fail."""

    @pytest.mark.parametrize("seed", range(2))
    def test_lose_and_repeat_nothing(self, seed: int) -> None:
        written: list[str] = []
        seen: list[EventRow] = []
        done = threading.Event()

        def read() -> None:
            reader, deadline = Reader("all"), time.monotonic() + PATIENCE_S
            while time.monotonic() < deadline:
                is_last = done.is_set()
                if (
                    not reader.consume(seen.append, limit=7)
                    and is_last
                    and len(seen) >= len(written)
                ):
                    break
            connection.close()

        writers = [_Writer(f"{seed}/{index}", written) for index in range(WRITERS)]
        with ThreadPoolExecutor(WRITERS + 2) as threads:
            reading = [threads.submit(tenancy.run_in_context(read)) for _ in range(2)]
            for writing in [threads.submit(tenancy.run_in_context(one.run)) for one in writers]:
                writing.result()
            done.set()
            for one in reading:
                one.result()

        assert Counter(event.subject for event in seen) == Counter(written)
        assert len({event.id for event in seen}) == len(written)


class TestRetention:
    """Dropping old months."""

    def _age(self, scope: TenantScope, owner: "psycopg.Connection[Any]") -> datetime:
        """Have an event in a month of long ago, and give an instant after that month."""
        schema = scope.schema
        owner.execute(
            f"CREATE TABLE {schema}.kit_event_202001 PARTITION OF {schema}.kit_event"
            " FOR VALUES FROM ('2020-01-01 00:00Z') TO ('2020-02-01 00:00Z')"
        )
        owner.execute(
            f"INSERT INTO {schema}.kit_event"
            " (id, recorded_at, type, version, occurred_at, actor, subject, data)"
            " VALUES (%s, '2020-01-15', 'kit_sample.mark.made', 1, '2020-01-15', 'a', 'old', '{}')",
            [uuid4()],
        )
        return datetime(2020, 2, 1, tzinfo=UTC)

    def test_tells_the_reader_that_lost_events(
        self, own: TenantScope, owner_connection: "psycopg.Connection[Any]"
    ) -> None:
        slow, quick = Reader("slow"), Reader("quick")
        slow.position()
        before = self._age(own, owner_connection)
        settle()
        assert quick.consume(lambda _event: None) == 1
        mark("new")

        with connection.cursor() as cursor:
            cursor.execute("SELECT kit_event_drop_months(%s)", [before])
            assert cursor.fetchone() == (1,)

        assert _names(quick) == ["new"]
        with pytest.raises(BehindRetention):
            slow.read()
        assert _names(slow.skip_dropped()) == ["new"]
        assert _names(Reader("young")) == ["new"]

    def test_keeps_a_month_of_which_a_day_is_young(
        self, own: TenantScope, owner_connection: "psycopg.Connection[Any]"
    ) -> None:
        before = self._age(own, owner_connection) - timedelta(seconds=1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT kit_event_drop_months(%s)", [before])
            assert cursor.fetchone() == (0,)

    @pytest.mark.usefixtures("own")
    def test_is_refused_for_the_last_day(self) -> None:
        with connection.cursor() as cursor, pytest.raises(psycopg.Error) as raised:
            cursor.cursor.execute("SELECT kit_event_drop_months(now())")
        assert "last day" in str(raised.value)

    def test_has_months_ahead(self, fresh_tenant: Callable[[], TenantScope]) -> None:
        with tenancy.scope(fresh_tenant()), connection.cursor() as cursor:
            cursor.execute("SELECT kit_event_make_months(3)")
            assert cursor.fetchone() == (0,)
            cursor.execute("SELECT kit_event_make_months(5)")
            assert cursor.fetchone() == (2,)


@pytest.mark.usefixtures("own")
class TestRebase:
    """Events of a backup in another cluster."""

    def test_are_read_on_where_each_reader_stood(self) -> None:
        for number in range(5):
            mark(f"{number}")
        settle()
        half, none = Reader("half"), Reader("none")
        half.advance(Position(0, 0))
        half.position()
        half.advance(half.read()[1].position)
        none.position()

        readers.rebase()

        assert _names(half) == ["2", "3", "4"]
        assert _names(none) == ["0", "1", "2", "3", "4"]
        mark("new")
        assert _names(half) == ["2", "3", "4", "new"]
