"""Jobs: in the caller's transaction, for one tenant, by one worker, and again when a worker dies."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, connections, transaction

from fondaco.kit import clock
from fondaco.kit.django import job_store, jobs, tasks, tenancy
from fondaco.kit.django.models import Event
from fondaco.kit.django.tests import samples
from fondaco.kit.errors import Forbidden, NotFound

PATIENCE_S: Final = 90
STOP_S: Final = 60


@contextmanager
def _worker(*, stalled_s: float = 60) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a worker; what is still alive at the end is asked to stop, and must do so in good order.

    :param stalled_s: takes jobs of workers who were not heard of for so long; on a busy machine they may live
    """
    source = Path(__file__).parents[4]
    environment = {**os.environ, "PYTHONPATH": str(source), "FONDACO_SHUTDOWN_TIMEOUT_S": "5"}
    command = [sys.executable, "-m", "fondaco.kit.django.tests.worker", str(stalled_s)]
    with subprocess.Popen(command, env=environment) as process:
        try:
            _until(lambda: _catches(process.pid, signal.SIGTERM))
            yield process
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                assert process.wait(STOP_S) == 0
        finally:
            process.kill()


def _catches(process_id: int, number: int) -> bool:
    """Tell whether a process has come so far that it handles a signal."""
    status = Path(f"/proc/{process_id}/status").read_text()
    (mask,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(mask, 16) >> (number - 1) & 1)


def _until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def _stored(job_id: int | None) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status::text, lock, queueing_lock, args::text, attempts, scheduled_at"
            " FROM procrastinate_jobs WHERE id = %s",
            [job_id],
        )
        names = ("status", "lock", "queueing_lock", "args", "attempts", "scheduled_at")
        row = cursor.fetchone()
        return dict(zip(names, row, strict=True)) if row else {}


def _ids(name: str, status: str) -> list[int]:
    return [
        row.id for row in job_store.list_jobs(status=status) if row.arguments.get("name") == name
    ]


@pytest.fixture
def name() -> str:
    """Give a name that no other test uses."""
    return str(uuid4())


class TestDefer:
    """Enqueueing."""

    @pytest.mark.usefixtures("tenant")
    def test_is_undone_with_the_transaction(self, name: str) -> None:
        with transaction.atomic():
            number = jobs.defer(samples.leave_mark, name=name)
            assert number is not None
            transaction.set_rollback(True)
        assert _stored(number) == {}

    def test_is_refused_without_a_tenant(self, name: str) -> None:
        with pytest.raises(tenancy.NoTenant):
            jobs.defer(samples.leave_mark, name=name)
        with tenancy.system_scope(), pytest.raises(tenancy.NoTenant):
            jobs.defer_many(samples.leave_mark, [{"name": name}])

    @pytest.mark.usefixtures("tenant")
    def test_names_the_tenant_in_arguments_and_locks(self, name: str) -> None:
        alone = _stored(jobs.defer(samples.leave_mark_alone, name=name))
        once = _stored(jobs.defer(samples.leave_mark_once, name=name))
        assert alone["lock"] == once["queueing_lock"] == f"alpha:{name}"
        assert '"tenant": "alpha"' in alone["args"]

    @pytest.mark.usefixtures("tenant")
    def test_is_left_out_while_one_of_its_kind_waits(self, name: str) -> None:
        with transaction.atomic():
            first = jobs.defer(samples.leave_mark_once, name=name)
            assert jobs.defer(samples.leave_mark_once, name=name) is None
            samples.mark(name)
        assert _stored(first)["status"] == "todo"
        assert samples.count_marks(name) == 1
        with tenancy.scope("beta"):
            assert jobs.defer(samples.leave_mark_once, name=name) is not None

    @pytest.mark.usefixtures("tenant")
    def test_keeps_the_instant(self, name: str) -> None:
        at = datetime(2030, 1, 1, tzinfo=UTC)
        assert _stored(jobs.defer_at(samples.leave_mark, at, name=name))["scheduled_at"] == at

    @pytest.mark.usefixtures("tenant")
    def test_takes_many_at_once(self, name: str) -> None:
        numbers = jobs.defer_many(samples.leave_mark, [{"name": f"{name}{i}"} for i in range(3)])
        assert [_stored(number)["status"] for number in numbers] == ["todo"] * 3
        assert jobs.defer_many(samples.leave_mark, []) == []
        with pytest.raises(TypeError):
            jobs.defer_many(samples.leave_mark_alone, [{"name": name}])


class TestDeclaration:
    """Declaring a task."""

    def test_is_refused_when_enqueued_once_and_retried(self) -> None:
        with pytest.raises(TypeError):
            jobs.task(queue="samples", once="x", retry=jobs.Retry())

    def test_is_refused_when_periodic_for_nobody(self) -> None:
        with pytest.raises(TypeError):
            jobs.periodic("* * * * *", per_tenant=False)(samples.tick)

    @pytest.mark.parametrize("arguments", [{}, {"tenant": ""}, {"tenant": "no_such_tenant"}])
    def test_makes_a_job_without_tenant_fail(self, arguments: dict[str, str]) -> None:
        with pytest.raises((jobs.JobRefused, tenancy.UnknownTenant)):
            samples.leave_mark.handle(name="x", **arguments)

    def test_makes_a_system_job_with_a_tenant_fail(self) -> None:
        with pytest.raises(jobs.JobRefused):
            tasks.remove_old_jobs.handle(tenant="alpha")

    @pytest.mark.parametrize("error", [Forbidden(), jobs.JobRefused(), tenancy.NoTenant()])
    def test_retries_no_final_refusal(self, error: Exception) -> None:
        job = type("Job", (), {"attempts": 0})()
        handle = samples.leave_mark.handle
        assert handle.get_retry_exception(error, job) is None
        assert handle.get_retry_exception(ZeroDivisionError(), job) is not None


@pytest.fixture(scope="class")
def crew() -> Iterator[None]:
    """Have two workers run as processes of their own."""
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(_worker())
        yield


@pytest.mark.usefixtures("crew", "tenant")
class TestACrew:
    """Two workers as processes of their own, who live."""

    def test_run_each_job_once_between_them(self, name: str) -> None:
        wanted = [f"{name}/{index}" for index in range(60)]
        jobs.defer_many(samples.leave_mark, [{"name": each} for each in wanted])
        for _ in range(4):
            jobs.defer(samples.leave_mark_alone, name=name)
        _until(lambda: samples.count_marks(f"{name}:ended") == 4)
        _until(lambda: Event.objects.filter(subject__in=wanted).count() >= len(wanted))
        time.sleep(0.5)
        subjects = Event.objects.filter(subject__in=wanted).values_list("subject", flat=True)
        assert Counter(subjects) == Counter(wanted)
        ended = Event.objects.filter(subject=f"{name}:ended").order_by("seq")
        assert [event.data["number"] for event in ended] == [1, 2, 3, 4]

    def test_give_up_after_the_last_try_and_run_it_again_when_told(self, name: str) -> None:
        jobs.defer(samples.fail_always, name=name)
        _until(lambda: _ids(name, "failed") != [])
        assert samples.count_marks(name) == 3
        (number,) = _ids(name, "failed")
        with tenancy.scope("beta"), pytest.raises(NotFound):
            job_store.rerun(job_id=number)
        job_store.rerun(job_id=number)
        _until(lambda: samples.count_marks(name) == 4)

    def test_do_periodic_work_once_in_each_tenant(self) -> None:
        begun = datetime.now(UTC)
        _until(lambda: _ticks(begun) >= 8)
        seconds = (datetime.now(UTC) - begun).total_seconds()
        # One for each second that begins, and late ones of before: one that runs, and one that waits.
        assert _ticks(begun) <= seconds + 3
        with tenancy.scope("beta"):
            _until(lambda: _ticks(begun) >= 2)


@pytest.mark.usefixtures("tenant")
class TestWorkers:
    """Workers as processes of their own, to whom something happens."""

    @pytest.mark.timeout(300)
    def test_take_up_the_job_of_one_that_was_killed(self, name: str) -> None:
        with _worker() as victim:
            number = jobs.defer(samples.hang_once, name=name)
            _until(lambda: samples.count_marks(f"{name}:begun") == 1)
            victim.kill()
            victim.wait()
        assert _stored(number)["status"] == "doing"
        with _worker(stalled_s=2):
            _until(lambda: samples.count_marks(name) == 1)
            _until(lambda: _stored(number)["status"] == "succeeded")
        assert samples.count_marks(f"{name}:begun") == 2

    def test_go_on_when_the_database_has_dropped_all_connections(
        self, name: str, superuser_connection: "psycopg.Connection[Any]"
    ) -> None:
        with _worker() as process:
            jobs.defer(samples.leave_mark, name=name)
            _until(lambda: samples.count_marks(name) == 1)
            connection.close()
            superuser_connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connections.close_all()  # this process's own were dropped as well
            begun = datetime.now(UTC)
            jobs.defer(samples.leave_mark, name=name)
            _until(lambda: samples.count_marks(name) == 2)
            _until(lambda: _ticks(begun) >= 1)
            assert process.poll() is None


def _ticks(since: datetime) -> int:
    return Event.objects.filter(subject="tick", recorded_at__gte=since).count()


class TestRecovery:
    """Jobs that were begun and not ended."""

    def _begun(self, job_id: int | None, attempts: int = 0) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'doing', attempts = %s WHERE id = %s",
                [attempts, job_id],
            )

    @pytest.mark.usefixtures("tenant")
    def test_are_left_to_a_worker_that_lives(self, name: str) -> None:
        number = jobs.defer(samples.leave_mark, name=name)
        with connection.cursor() as cursor:
            cursor.execute("SELECT worker_id FROM procrastinate_register_worker_v1()")
            (worker,) = cursor.fetchone()
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s",
                [worker, number],
            )
        assert number not in job_store.recover_stalled(stalled_s=60)
        time.sleep(0.05)
        assert number in job_store.recover_stalled(stalled_s=0.01)
        assert _stored(number)["status"] == "todo"

    @pytest.mark.usefixtures("tenant")
    def test_fail_when_they_kill_every_worker(self, name: str) -> None:
        number = jobs.defer(samples.leave_mark, name=name)
        self._begun(number, attempts=job_store.RECOVERIES_MAX)
        assert number in job_store.recover_stalled(stalled_s=60)
        assert _stored(number)["status"] == "failed"

    @pytest.mark.usefixtures("tenant")
    def test_fail_when_the_next_of_their_kind_waits(self, name: str) -> None:
        number = jobs.defer(samples.leave_mark_once, name=name)
        self._begun(number)
        following = jobs.defer(samples.leave_mark_once, name=name)
        assert number in job_store.recover_stalled(stalled_s=60)
        assert [_stored(one)["status"] for one in (number, following)] == ["failed", "todo"]

    @pytest.mark.usefixtures("tenant")
    def test_of_one_kind_wait_again_once_though_two_workers_died(self, name: str) -> None:
        both = []
        for _ in range(2):
            both.append(jobs.defer(samples.leave_mark_once, name=name))
            self._begun(both[-1])
        assert set(both) <= set(job_store.recover_stalled(stalled_s=60))
        assert [_stored(one)["status"] for one in both] == ["todo", "failed"]


@pytest.mark.usefixtures("tenant")
class TestRetention:
    """The periodic work on shared tables."""

    def test_removes_jobs_that_ended_long_ago(self, name: str) -> None:
        ended, waiting = (jobs.defer(samples.leave_mark, name=name) for _ in range(2))
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [ended])
            cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'succeeded', false)", [ended])
        with tenancy.system_scope():
            tasks.remove_old_jobs()
        assert _stored(ended)["status"] == "succeeded"
        with tenancy.system_scope(), clock.set_to(datetime.now(UTC) + timedelta(days=30)):
            tasks.remove_old_jobs()
        assert (_stored(ended), _stored(waiting)["status"]) == ({}, "todo")

    def test_runs_as_the_application(self) -> None:
        tasks.make_event_months()
        tasks.drop_old_events()
        tasks.forget_old_answers()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_inherits WHERE inhparent = 'kit_event'::regclass"
            )
            assert cursor.fetchone()[0] >= tasks.MONTHS_AHEAD + 1
