"""Notices of providers over HTTP: stored whole, answered, verified once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from fondaco.kit import clock
from fondaco.kit.django import callbacks, tenancy
from fondaco.kit.django.callbacks import Notice
from fondaco.kit.django.models import InboundCallback
from fondaco.kit.django.tenancy import TenantScope
from fondaco.kit.errors import Forbidden
from tests.plumbing.api import ApiClient

BODY = b'{"paid": "1.00", "raw": "\xff\x00"}'


@dataclass
class Bank:
    """A provider with one account in tenant alpha; it signs with the word ``honest``."""

    seen: list[Notice] = field(default_factory=list)

    def knows(self, key: str) -> bool:
        return key == "till-1" and tenancy.current().name == "alpha"

    def verify(self, notice: Notice) -> None:
        if notice.headers.get("x-signature") != "honest":
            raise Forbidden("wrong signature")
        self.seen.append(notice)


@pytest.fixture
def bank() -> Iterator[Bank]:
    made = Bank()
    callbacks.register("bank", made)
    yield made
    callbacks.forget("bank")


def send(api: ApiClient, signature: str = "honest", path: str = "/callbacks/bank/till-1") -> int:
    headers = {"X-Signature": signature, "Cookie": "own=1"}
    return api.send("POST", path, body=BODY, key=None, headers=headers).status_code


def last() -> InboundCallback:
    return InboundCallback.objects.latest("received_at")


@pytest.mark.usefixtures("tenant")
class TestCallbacks:
    def test_are_stored_with_every_byte_and_a_job(self, api: ApiClient, bank: Bank) -> None:
        assert send(api, path="/callbacks/bank/till-1?try=2") == 200
        row = last()
        job = ProcrastinateJob.objects.filter(args__callback_id=str(row.id)).get()
        callbacks.verify(callback_id=str(row.id))
        assert (job.queue_name, job.args["tenant"]) == ("callbacks", "alpha")
        notice = bank.seen[0]
        assert (notice.body, notice.query, notice.method) == (BODY, "try=2", "POST")
        assert "cookie" not in notice.headers

    def test_are_verified_once_however_often_the_job_runs(self, api: ApiClient, bank: Bank) -> None:
        send(api)
        for _ in range(3):
            callbacks.verify(callback_id=str(last().id))
        assert len(bank.seen) == 1
        assert last().verified_at is not None

    def test_that_prove_nothing_keep_the_reason(self, api: ApiClient, bank: Bank) -> None:
        assert send(api, signature="forged") == 200
        callbacks.verify(callback_id=str(last().id))
        assert (last().verified_at, last().error) == (None, "forbidden: wrong signature")
        assert bank.seen == []

    @pytest.mark.parametrize("path", ["/callbacks/bank/till-2", "/callbacks/other/till-1"])
    def test_for_unknown_accounts_are_not_found_and_not_kept(
        self, api: ApiClient, bank: Bank, path: str
    ) -> None:
        before = InboundCallback.objects.count()
        assert send(api, path=path) == 404
        assert InboundCallback.objects.count() == before

    def test_are_to_be_sent_again_when_the_database_leaves(
        self, api: ApiClient, bank: Bank, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def know_and_lose_the_connection(_key: str) -> bool:
            connection.connection.close()
            return True

        monkeypatch.setattr(bank, "knows", know_and_lose_the_connection)
        assert send(api) == 503
        monkeypatch.undo()
        connection.close()
        assert send(api) == 200

    def test_reach_no_other_tenant(self, bank: Bank, other_tenant: TenantScope) -> None:
        assert send(ApiClient("beta.test")) == 404
        with tenancy.scope(other_tenant):
            assert InboundCallback.objects.count() == 0

    def test_take_no_other_method(self, api: ApiClient, bank: Bank) -> None:
        assert api.send("DELETE", "/callbacks/bank/till-1").status_code == 405

    def test_do_not_stand_in_clear_in_the_table(
        self, api: ApiClient, bank: Bank, superuser_connection: object
    ) -> None:
        send(api)
        row = superuser_connection.execute(  # type: ignore[attr-defined] # a psycopg connection
            "SELECT content FROM t_alpha.kit_inbound_callback WHERE id = %s", [last().id]
        ).fetchone()
        assert b"honest" not in bytes(row[0])

    def test_are_deleted_when_they_are_old(self, api: ApiClient, bank: Bank) -> None:
        send(api)
        with clock.set_to(clock.now() - timedelta(days=100)):
            send(api)
        old = InboundCallback.objects.earliest("received_at").id
        assert callbacks.delete_received(before=clock.now() - timedelta(days=90)) >= 1
        assert not InboundCallback.objects.filter(id=old).exists()
        assert InboundCallback.objects.exists()
