"""Nonces: written with the first commit of a request, or alone at its end; never twice."""

import threading
from uuid import uuid4

import pytest
from django.db import connection, transaction

from fondaco.kit.django import nonces, tenancy
from fondaco.kit.django.nonces import Nonce, NonceSpent
from fondaco.kit.django.tenancy.context import TenantScope

AT_S = 1_800_000_000


def make(name: str, *, at_s: int = AT_S, signer: bytes = b"key") -> Nonce:
    return Nonce.make(signer=signer, at_s=at_s, nonce=name, schema=tenancy.current().schema)


def claims(nonce: Nonce) -> list[bytes]:
    with connection.cursor() as cursor:
        return list(nonces.find(cursor, [nonce]).values())


def mark(name: str) -> None:
    """Write something that can be seen to have been undone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kit_idempotency (digest, fingerprint, status, body, created_at) "
            "VALUES (%s, '', 200, '', now())",
            [name.encode()[:16]],
        )


def is_marked(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM kit_idempotency WHERE digest = %s", [name.encode()[:16]])
        return cursor.fetchone() is not None


@pytest.mark.usefixtures("tenant")
class TestHolding:
    def test_writes_the_nonce_with_the_first_commit(self) -> None:
        nonce, name = make(uuid4().hex), uuid4().hex
        with nonces.holding(nonce):
            with transaction.atomic():
                mark(name)
                assert claims(nonce) == []
            assert claims(nonce) == [nonce.claim]
            assert nonces.find_held() is None
        assert is_marked(name)

    def test_writes_it_alone_when_nothing_was_committed(self) -> None:
        nonce = make(uuid4().hex)
        with pytest.raises(ZeroDivisionError), nonces.holding(nonce), transaction.atomic():
            1 / 0  # noqa: B018 - any failure
        assert claims(nonce) == [nonce.claim]

    def test_undoes_what_a_second_request_did(self) -> None:
        name, first, second = uuid4().hex, uuid4().hex, uuid4().hex
        with nonces.holding(make(name)), transaction.atomic():
            mark(first)
        with pytest.raises(NonceSpent), nonces.holding(make(name)), transaction.atomic():
            mark(second)
        assert (is_marked(first), is_marked(second)) == (True, False)
        with transaction.atomic():
            mark(second)  # the connection serves on

    def test_refuses_a_second_request_that_did_nothing(self) -> None:
        name = uuid4().hex
        with nonces.holding(make(name)):
            pass
        with pytest.raises(NonceSpent), nonces.holding(make(name)):
            pass

    def test_lets_one_of_many_at_once_through(self, tenant: TenantScope) -> None:
        name, done, lock = uuid4().hex, [], threading.Lock()
        ready = threading.Barrier(4)

        def ask() -> None:
            with tenancy.scope(tenant):
                ready.wait()
                try:
                    with nonces.holding(make(name)), transaction.atomic():
                        mark(uuid4().hex)
                except NonceSpent:
                    return
                else:
                    with lock:
                        done.append(1)
                finally:
                    connection.close()

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert done == [1]

    def test_knows_another_signer_time_or_tenant_by_another_nonce(
        self, other_tenant: TenantScope
    ) -> None:
        name = uuid4().hex
        for nonce in (make(name), make(name, at_s=AT_S + 1), make(name, signer=b"other")):
            with nonces.holding(nonce):
                pass
        with tenancy.scope(other_tenant), nonces.holding(make(name)):
            pass

    def test_leaves_commits_of_what_all_tenants_share_alone(self) -> None:
        nonce = make(uuid4().hex)
        with nonces.holding(nonce):
            with tenancy.system_scope(), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            assert not nonce.is_written
        assert claims(nonce) == [nonce.claim]


@pytest.mark.usefixtures("tenant")
class TestForgetting:
    def test_empties_the_one_partition_that_nobody_can_use(self) -> None:
        with transaction.atomic():  # in which the database's clock stands still
            with connection.cursor() as cursor:
                cursor.execute("SELECT floor(extract(epoch FROM now()))::bigint")
                (now_s,) = cursor.fetchone()
            slots = range(nonces.RING)
            held = [make(uuid4().hex, at_s=now_s + slot * nonces.SLOT_S) for slot in slots]
            for nonce in held:
                with nonces.holding(nonce):
                    pass
            nonces.forget_old()
            assert [bool(claims(nonce)) for nonce in held] == [True, True, False, True]

    def test_is_all_that_the_application_may_take_away(self) -> None:
        for statement in (
            "DELETE FROM kit_nonce",
            "UPDATE kit_nonce SET ring = 1",
            "TRUNCATE kit_nonce",
        ):
            with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
                cursor.execute(statement)
