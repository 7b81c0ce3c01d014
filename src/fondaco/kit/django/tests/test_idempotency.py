"""Keys: one effect and one answer, from many threads, after refusals, faults and midnight."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from fondaco.kit import clock
from fondaco.kit.django import idempotency, tenancy
from fondaco.kit.django.idempotency import Answer, IdempotencyInProgress, Key, KeyReused, once
from fondaco.kit.django.tests.samples import count_marks, mark
from fondaco.kit.errors import DomainError, Forbidden, Kind

THREADS: Final = 32
DONE: Final = Answer(201, b'{"done": "\xc3\xbc"}')

pytestmark = pytest.mark.usefixtures("tenant")


class Busy(DomainError):
    """A refusal that may pass."""

    code = "kit_sample_busy"
    kind = Kind.UNAVAILABLE
    title = "Busy."


def _key(name: str, body: bytes = b"{}") -> Key:
    return Key.make(scope="cus_1", operation="sample.mark", key=name, body=body)


def _marking(name: str, error: Exception | None = None) -> Callable[[], Answer]:
    def perform() -> Answer:
        mark(name)
        if error is not None:
            raise error
        return DONE

    return perform


def _refusal(error: DomainError) -> Answer:
    return Answer(error.kind.value, error.code.encode())


@pytest.fixture
def name() -> str:
    """Give a name that nobody has used."""
    return str(uuid4())


class TestOnce:
    """Performing under a key."""

    def test_stores_nothing_when_the_connection_breaks_while_a_refusal_is_undone(
        self, name: str
    ) -> None:
        def perform() -> Answer:
            connection.connection.close()
            raise Forbidden

        with pytest.raises(OperationalError, match="was lost"):
            once(_key(name), perform, refusal=_refusal)
        assert once(_key(name), _marking(name), refusal=_refusal) == (DONE, False)

    def test_replays_the_first_answer(self, name: str) -> None:
        assert once(_key(name), _marking(name), refusal=_refusal) == (DONE, False)
        assert once(_key(name), _marking(name), refusal=_refusal) == (DONE, True)
        assert count_marks(name) == 1

    @pytest.mark.drill
    def test_has_one_effect_and_one_answer_from_many_threads(self, name: str) -> None:
        def ask(_index: int) -> tuple[Answer, bool]:
            try:
                return once(_key(name), _marking(name), refusal=_refusal)
            finally:
                connection.close()

        with ThreadPoolExecutor(THREADS) as threads:
            answers = list(threads.map(tenancy.run_in_context(ask), range(THREADS)))

        assert sorted(replayed for _answer, replayed in answers) == [False] + [True] * (THREADS - 1)
        assert {answer for answer, _replayed in answers} == {DONE}
        assert count_marks(name) == 1

    def test_refuses_the_key_with_another_body(self, name: str) -> None:
        once(_key(name), _marking(name), refusal=_refusal)
        with pytest.raises(KeyReused):
            once(_key(name, b'{"a": 1}'), _marking(name), refusal=_refusal)
        assert count_marks(name) == 1

    def test_undoes_a_refusal_and_replays_it(self, name: str) -> None:
        refused = Answer(403, b"forbidden")
        first = once(_key(name), _marking(name, Forbidden()), refusal=_refusal)
        second = once(_key(name), _marking(name), refusal=_refusal)
        assert (first, second) == ((refused, False), (refused, True))
        assert count_marks(name) == 0

    @pytest.mark.parametrize("error", [Busy(), ZeroDivisionError()])
    def test_stores_nothing_of_a_failure_that_may_pass(self, name: str, error: Exception) -> None:
        with pytest.raises(type(error)):
            once(_key(name), _marking(name, error), refusal=_refusal)
        assert count_marks(name) == 0
        assert once(_key(name), _marking(name), refusal=_refusal) == (DONE, False)

    @pytest.mark.drill
    def test_remembers_after_midnight_and_month_end(self, name: str) -> None:
        first = datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC)
        with clock.set_to(first):
            once(_key(name), _marking(name), refusal=_refusal)
        with clock.set_to(first + timedelta(microseconds=1)):
            assert once(_key(name), _marking(name), refusal=_refusal) == (DONE, True)
        assert count_marks(name) == 1

    def test_gives_up_waiting_for_a_slow_first_request(
        self, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(idempotency, "WAIT_S", 0.2)

        def rival() -> None:
            try:
                with pytest.raises(IdempotencyInProgress) as raised:
                    once(_key(name), _marking(name), refusal=_refusal)
                assert raised.value.retry_after_s == 1
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as threads:

            def slow() -> Answer:
                threads.submit(tenancy.run_in_context(rival)).result(timeout=10)
                return _marking(name)()

            assert once(_key(name), slow, refusal=_refusal) == (DONE, False)
        assert count_marks(name) == 1

    def test_is_another_key_in_another_tenant(self, name: str) -> None:
        once(_key(name), _marking(name), refusal=_refusal)
        with tenancy.scope("beta"):
            assert once(_key(name), _marking(name), refusal=_refusal) == (DONE, False)
            assert count_marks(name) == 1

    def test_is_refused_inside_a_transaction(self, name: str) -> None:
        with pytest.raises(RuntimeError), transaction.atomic():
            once(_key(name), _marking(name), refusal=_refusal)

    def test_leaves_the_lock_timeout_as_it_was(self, name: str) -> None:
        found: list[str] = []

        def perform() -> Answer:
            with connection.cursor() as cursor:
                cursor.execute("SHOW lock_timeout")
                found.append(cursor.fetchone()[0])
            return DONE

        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            usual = cursor.fetchone()[0]
        once(_key(name), perform, refusal=_refusal)
        assert found == [usual]


class TestKey:
    """A key."""

    def test_differs_with_each_part(self) -> None:
        parts = {"scope": "a", "operation": "b", "key": "c"}
        usual = Key.make(**parts, body=b"d").digest
        others = [Key.make(**(parts | {name: "x"}), body=b"d").digest for name in parts]
        assert len({usual, *others}) == 4

    def test_does_not_flow_from_part_to_part(self) -> None:
        first = Key.make(scope="ab", operation="c", key="d", body=b"")
        second = Key.make(scope="a", operation="bc", key="d", body=b"")
        assert first.digest != second.digest

    def test_takes_any_letters(self) -> None:
        key = Key.make(scope="a", operation="b", key="ü" * 255, body=hashlib.sha256().digest())
        assert (len(key.digest), len(key.fingerprint)) == (16, 16)


class TestSets:
    """Keys of a whole batch, over the batch's own cursor."""

    def test_are_stored_and_found(self, name: str) -> None:
        keys = [_key(f"{name}/{index}") for index in range(5)]
        with transaction.atomic(), connection.cursor() as cursor:
            idempotency.insert(cursor, [(key, DONE) for key in keys[:3]])
            found = idempotency.find(cursor, keys)
        assert found.keys() == {key.digest for key in keys[:3]}
        assert found[keys[0].digest].replay(keys[0]) == DONE
        with pytest.raises(KeyReused):
            found[keys[0].digest].replay(_key(f"{name}/0", b"other"))

    def test_raise_when_one_is_stored_already(self, name: str) -> None:
        keys = [_key(f"{name}/{index}") for index in range(2)]
        once(keys[1], lambda: DONE, refusal=_refusal)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            idempotency.insert(cursor, [(key, Answer(500, b"")) for key in keys])
        assert once(keys[1], _marking(name), refusal=_refusal) == (DONE, True)

    def test_of_nothing_ask_nothing(self) -> None:
        with connection.cursor() as cursor:
            idempotency.insert(cursor, [])
            assert cursor.description is None


class TestForget:
    """Ageing out."""

    def test_removes_the_old_alone(self, name: str) -> None:
        old, young = _key(f"{name}/old"), _key(f"{name}/young")
        with clock.set_to(datetime(2001, 1, 1, tzinfo=UTC)):
            once(old, lambda: DONE, refusal=_refusal)
        once(young, lambda: DONE, refusal=_refusal)
        assert idempotency.forget(before=datetime(2001, 1, 2, tzinfo=UTC), limit=1) == 1
        assert idempotency.forget(before=datetime(2001, 1, 2, tzinfo=UTC)) == 0
        with connection.cursor() as cursor:
            assert idempotency.find(cursor, [old, young]).keys() == {young.digest}
