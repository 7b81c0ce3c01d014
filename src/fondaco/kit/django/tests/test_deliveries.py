"""Messages that hold secrets: sent, wiped, tried again, expired."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction

from fondaco.kit import clock, options
from fondaco.kit.django import deliveries, transports
from fondaco.kit.django.deliveries import BACKOFF, LEASE, delete_closed, deliver, deliver_due, send
from fondaco.kit.django.models import Delivery
from fondaco.kit.django.models.deliveries import Channel, DeliveryState
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.kit.django.transports import Message, Refused, TransportError, Unreachable

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
MAIL = Message(Channel.EMAIL, "john@example.com", "Your code is 314159.", subject="Your code")


@dataclass
class Road:
    """A transport that does as it is told and remembers what it was given."""

    failures: list[TransportError] = field(default_factory=list)
    sent: list[tuple[UUID, Message]] = field(default_factory=list)

    def send(self, message: Message, *, delivery_id: UUID) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((delivery_id, message))
        return "receipt-1"


@pytest.fixture
def road(monkeypatch: pytest.MonkeyPatch, tenant: TenantScope) -> Iterator[Road]:
    del tenant
    found = Road()
    monkeypatch.setattr(deliveries, "transport_for", lambda _channel: found)
    with clock.set_to(NOW):
        yield found


def stored(delivery_id: UUID) -> Delivery:
    return Delivery.objects.get(pk=delivery_id)


def raw_content(delivery_id: UUID) -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM kit_delivery WHERE id = %s", [delivery_id])
        found = cursor.fetchone()[0]
    return None if found is None else bytes(found)


def job_arguments(delivery_id: UUID) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args::text FROM public.procrastinate_jobs WHERE args->>'delivery_id' = %s",
            [str(delivery_id)],
        )
        return [row[0] for row in cursor.fetchall()]


def queue_mail(lifetime: timedelta = timedelta(minutes=10)) -> UUID:
    return send(MAIL, purpose="identity.code", lifetime=lifetime)


class TestSend:
    def test_keeps_the_text_sealed_and_the_job_without_it(self, road: Road) -> None:
        delivery_id = queue_mail()
        assert b"314159" not in (raw_content(delivery_id) or b"")
        (arguments,) = job_arguments(delivery_id)
        assert json.loads(arguments) == {"tenant": "alpha", "delivery_id": str(delivery_id)}
        assert stored(delivery_id).recipient_hint == "j…@example.com"
        assert "314159" not in str(stored(delivery_id)) + repr(MAIL)
        assert road.sent == []

    def test_is_undone_with_its_transaction(self, road: Road) -> None:
        del road
        with transaction.atomic():
            delivery_id = queue_mail()
            transaction.set_rollback(True)
        assert not Delivery.objects.filter(pk=delivery_id).exists()
        assert job_arguments(delivery_id) == []


class TestDeliver:
    def test_sends_and_wipes(self, road: Road) -> None:
        delivery_id = queue_mail()
        assert deliver(delivery_id=delivery_id) == DeliveryState.SENT
        assert road.sent == [(delivery_id, MAIL)]
        row = stored(delivery_id)
        assert (row.state, row.content, row.closed_at, row.receipt) == (
            "sent",
            None,
            NOW,
            "receipt-1",
        )
        assert raw_content(delivery_id) is None

    def test_sends_once_however_often_it_is_called(self, road: Road) -> None:
        delivery_id = queue_mail()
        for _ in range(3):
            assert deliver(delivery_id=delivery_id) == DeliveryState.SENT
        assert len(road.sent) == 1

    def test_waits_longer_after_each_failure_and_fails_after_the_last(self, road: Road) -> None:
        delivery_id = queue_mail(timedelta(days=2))
        road.failures = [Unreachable("mail is down") for _ in range(len(BACKOFF) + 1)]
        now = NOW
        for wait in BACKOFF:
            with clock.set_to(now):
                assert deliver(delivery_id=delivery_id) == DeliveryState.QUEUED
                assert deliver(delivery_id=delivery_id) == DeliveryState.QUEUED
            assert stored(delivery_id).due_at == now + wait
            now += wait
        with clock.set_to(now):
            assert deliver(delivery_id=delivery_id) == DeliveryState.FAILED
        row = stored(delivery_id)
        assert (row.attempts, row.content, row.error) == (len(BACKOFF) + 1, None, "mail is down")
        assert road.sent == []

    def test_gives_up_at_once_when_the_transport_refuses(self, road: Road) -> None:
        delivery_id = queue_mail()
        road.failures = [Refused("no such mailbox")]
        assert deliver(delivery_id=delivery_id) == DeliveryState.FAILED
        assert raw_content(delivery_id) is None

    def test_sends_nothing_that_expired(self, road: Road) -> None:
        delivery_id = queue_mail(timedelta(minutes=2))
        with clock.set_to(NOW + timedelta(minutes=2)):
            assert deliver(delivery_id=delivery_id) == DeliveryState.EXPIRED
        assert road.sent == []
        assert raw_content(delivery_id) is None

    def test_does_not_wait_for_a_try_that_would_come_too_late(self, road: Road) -> None:
        delivery_id = queue_mail(BACKOFF[0])
        road.failures = [Unreachable("mail is down")]
        assert deliver(delivery_id=delivery_id) == DeliveryState.EXPIRED

    def test_ignores_the_outcome_of_a_try_that_counted_as_dead(
        self, road: Road, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        delivery_id = queue_mail(timedelta(hours=1))
        later: list[DeliveryState] = []

        class Slow:
            def send(self, _message: Message, *, delivery_id: UUID) -> str:
                monkeypatch.setattr(deliveries, "transport_for", lambda _channel: road)
                with clock.set_to(NOW + LEASE):
                    later.append(deliver(delivery_id=delivery_id))
                raise Refused("too late")

        monkeypatch.setattr(deliveries, "transport_for", lambda _channel: Slow())
        assert deliver(delivery_id=delivery_id) == DeliveryState.SENT
        assert later == [DeliveryState.SENT]
        assert stored(delivery_id).error == ""

    def test_refuses_an_unknown_id(self, road: Road) -> None:
        del road
        with pytest.raises(Delivery.DoesNotExist):
            deliver(delivery_id=UUID(int=1))


class TestDeliverDue:
    def test_takes_up_what_a_dead_worker_held(self, road: Road) -> None:
        delivery_id = queue_mail(timedelta(hours=1))
        deliveries._claim(delivery_id)
        assert deliver(delivery_id=delivery_id) == DeliveryState.SENDING
        with clock.set_to(NOW + LEASE):
            assert deliver_due(limit=10_000) >= 1
        assert (delivery_id, MAIL) in road.sent


class TestDeleteClosed:
    def test_deletes_old_records_and_no_others(self, road: Road) -> None:
        del road
        old, waiting = queue_mail(), queue_mail()
        with clock.set_to(NOW - timedelta(days=100)):
            older = send(MAIL, purpose="identity.code", lifetime=timedelta(days=1))
            deliver(delivery_id=older)
        deliver(delivery_id=old)
        assert delete_closed(older_than=timedelta(days=90)) >= 1
        left = set(
            Delivery.objects.filter(pk__in=[old, waiting, older]).values_list("pk", flat=True)
        )
        assert left == {old, waiting}


class TestTheTable:
    def test_refuses_a_closed_row_that_is_not_wiped(self, road: Road) -> None:
        del road
        delivery_id = queue_mail()
        rows = Delivery.objects.filter(pk=delivery_id)
        with pytest.raises(IntegrityError, match="wiped_once_closed"), transaction.atomic():
            rows.update(closed_at=NOW, state=DeliveryState.SENT)
        with (
            pytest.raises(IntegrityError, match="closed_in_its_final_states"),
            transaction.atomic(),
        ):
            rows.update(state=DeliveryState.SENT)

    def test_cannot_be_searched_by_its_secret(self, road: Road) -> None:
        del road
        with pytest.raises(FieldError):
            Delivery.objects.filter(content={"text": "x"}).exists()


class TestTransportFor:
    def test_is_the_sandbox_in_development_and_smtp_where_set(self) -> None:
        with options.override(sandbox_port=8099):
            found = transports.transport_for(Channel.SMS)
        assert found == transports.SandboxMailbox("http://127.0.0.1:8099")
        with options.override(smtp_url="smtp://localhost:1025?tls=off", mail_from="F <f@x.io>"):
            mail, chat = (transports.transport_for(c) for c in (Channel.EMAIL, Channel.SLACK))
        assert mail == transports.Smtp("smtp://localhost:1025?tls=off", "F <f@x.io>")
        assert isinstance(chat, transports.SandboxMailbox)

    def test_refuses_in_production_what_nothing_carries(self) -> None:
        secrets = {
            "secret_key": "s" * 40,
            "encryption_keys": "k:" + "A" * 43 + "=",
            "environment": "production",
        }
        with options.override(**secrets), pytest.raises(Refused, match="sms"):
            transports.transport_for(Channel.SMS)
