"""Locks: taken in one order, tried again where the database asks for it, refused in words."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from psycopg import errors

from fondaco.kit.django import locks, tenancy
from fondaco.kit.django.locks import LockTimeout, lock_rows, retrying
from fondaco.kit.django.models import EventReader

PATIENCE_S: Final = 60

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def names() -> list[str]:
    """Make two rows and give their keys."""
    made = sorted(str(uuid4()) for _ in range(2))
    for name in made:
        EventReader.objects.create(name=name, moved_at="2026-01-01T00:00Z")
    return made


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PAUSE_S", 0.001)


def _raiser(cause: Exception, times: int) -> Any:
    left = [cause] * times

    def function() -> str:
        if left:
            raise DatabaseError("refused") from left.pop()
        return "done"

    return function


class TestRetrying:
    """Running a transaction again."""

    @pytest.mark.parametrize("cause", [errors.DeadlockDetected(), errors.SerializationFailure()])
    def test_gives_the_answer_of_a_later_try(self, cause: Exception) -> None:
        assert retrying(_raiser(cause, times=2)) == "done"

    @pytest.mark.parametrize("cause", [errors.DeadlockDetected(), errors.SerializationFailure()])
    def test_ends_as_busy(self, cause: Exception) -> None:
        with pytest.raises(LockTimeout) as raised:
            retrying(_raiser(cause, times=3))
        assert raised.value.retry_after_s == 1

    def test_does_not_wait_twice_for_a_lock(self) -> None:
        with pytest.raises(LockTimeout):
            retrying(_raiser(errors.LockNotAvailable(), times=1))

    def test_leaves_other_errors_alone(self) -> None:
        with pytest.raises(DatabaseError, match="refused"):
            retrying(_raiser(errors.UniqueViolation(), times=1))

    def test_is_refused_inside_a_transaction(self) -> None:
        with pytest.raises(RuntimeError), transaction.atomic():
            retrying(lambda: None)

    def test_hides_a_real_deadlock(self, names: list[str]) -> None:
        meeting = threading.Barrier(2)
        met: set[int] = set()

        def cross(index: int) -> None:
            first, second = names if index else names[::-1]

            def move() -> None:
                with transaction.atomic():
                    EventReader.objects.filter(name=first).update(seq=index)
                    if index not in met:
                        met.add(index)
                        meeting.wait(PATIENCE_S)
                    EventReader.objects.filter(name=second).update(seq=index)

            try:
                retrying(move)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(tenancy.run_in_context(cross), range(2)))
        assert EventReader.objects.filter(name__in=names).values("seq").distinct().count() == 1


class TestLockRows:
    """Locking rows."""

    def test_gives_them_in_order_and_keeps_others_out(self, names: list[str]) -> None:
        rows = EventReader.objects.filter(name__in=names)

        def rival() -> None:
            def move() -> None:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '50ms'")
                    lock_rows(rows)

            with pytest.raises(LockTimeout):
                retrying(move)
            connection.close()

        with transaction.atomic(), ThreadPoolExecutor(1) as threads:
            assert [row.name for row in lock_rows(rows.order_by("-name"))] == names
            threads.submit(tenancy.run_in_context(rival)).result(PATIENCE_S)
