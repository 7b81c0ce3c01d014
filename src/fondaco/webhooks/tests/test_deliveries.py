"""What concerns a customer reaches his receiver: signed, in order, at least once."""

import json
from base64 import b64decode
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from fondaco.identity.tests.people import make_company
from fondaco.identity.types import customer_wire
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import readers
from fondaco.kit.django.tests.samples import settle
from fondaco.kit.ids import uuid7
from fondaco.money import Asset, Money
from fondaco.orders import actions as orders, kinds, queries as order_queries
from fondaco.orders.kinds import OrderKind
from fondaco.orders.states import OrderState
from fondaco.orders.types import NewOrder
from fondaco.webhooks import actions, models, queries
from fondaco.webhooks.actions.trying import TRIES
from fondaco.webhooks.errors import EndpointDisabled
from fondaco.webhooks.states import DeliveryState
from fondaco.webhooks.tests.cast import (
    Box,
    deliver,
    deliver_all,
    deliver_later,
    dispatch,
    freeze,
    listen,
    rename,
    subjects,
)
from fondaco.webhooks.types import endpoint_wire

kinds.register(OrderKind(name="webhook_order"))


def events_of(customer: UUID, type_: str) -> list[dict[str, Any]]:
    """Give the data of a customer's events of one type."""
    settle()
    return [
        one.event.data
        for one in readers.read_after(readers.START, limit=100_000)
        if one.event.type == type_ and one.event.data["customer"] == customer_wire(customer)
    ]


def states(endpoint_id: UUID) -> list[str]:
    rows = models.Delivery.objects.filter(endpoint_id=endpoint_id).order_by("number")
    return list(rows.values_list("state", flat=True))


class TestDeliveries:
    def test_bring_what_concerns_the_customer_and_nothing_else(
        self, box: Box, customer: UUID
    ) -> None:
        issued = listen(customer, box, "wallets.wallet.renamed")
        mine = rename(customer)
        freeze(customer)
        rename(make_company().customer.id)
        dispatch()
        deliver(issued.endpoint.id)
        assert subjects(box.taken()) == [mine]
        assert box.taken()[0]["type"] == "wallets.wallet.renamed"
        assert states(issued.endpoint.id) == [DeliveryState.DELIVERED]

    def test_leave_out_what_happened_before_the_endpoint(self, box: Box, customer: UUID) -> None:
        rename(customer)
        issued = listen(customer, box, "wallets.wallet.renamed")
        dispatch()
        assert states(issued.endpoint.id) == []

    def test_are_signed_so_that_the_reference_library_agrees(
        self, box: Box, customer: UUID
    ) -> None:
        issued = listen(customer, box)
        second = actions.rotate_secret(
            endpoint_id=issued.endpoint.id, customer_id=customer, by=SYSTEM
        )
        actions.send_test(endpoint_id=issued.endpoint.id, customer_id=customer, by=SYSTEM)
        deliver(issued.endpoint.id)
        (message,) = box.messages()
        for secret in (issued.secret, second.secret):
            Webhook(secret).verify(message["body"], message["headers"])
        with pytest.raises(WebhookVerificationError):
            Webhook(second.secret).verify(message["body"] + " ", message["headers"])
        _verify_ed25519(issued.endpoint.public_key, message)
        with clock.set_to(clock.now() + timedelta(hours=25)):
            actions.send_test(endpoint_id=issued.endpoint.id, customer_id=customer, by=SYSTEM)
            deliver(issued.endpoint.id)
        parts = box.messages()[1]["headers"]["webhook-signature"].split()
        assert [part.split(",")[0] for part in parts] == ["v1", "v1a"]

    def test_hold_back_later_ones_of_the_same_subject(self, box: Box, customer: UUID) -> None:
        issued, wallet = listen(customer, box, "wallets.wallet.renamed"), uuid7()
        box.plan(500)
        for label in ("first", "second"):
            rename(customer, wallet=wallet, label=label)
        other = rename(customer, label="other")
        dispatch()
        deliver(issued.endpoint.id)
        assert subjects(box.taken()) == [other]
        deliver_later(issued.endpoint.id, after=timedelta(minutes=1))
        assert [one["data"]["label"] for one in box.taken()] == ["other", "first", "second"]

    def test_keep_their_identifier_and_are_tried_ten_times_in_three_days(
        self, box: Box, customer: UUID
    ) -> None:
        issued = listen(customer, box, "wallets.wallet.renamed")
        box.plan(*[503] * 50)
        rename(customer)
        dispatch()
        deliver_all(issued.endpoint.id)
        messages = box.messages()
        assert len(messages) == TRIES == 10
        assert len({one["headers"]["webhook-id"] for one in messages}) == 1
        assert states(issued.endpoint.id) == [DeliveryState.FAILED]
        row = models.Delivery.objects.get(endpoint_id=issued.endpoint.id)
        spent = row.ended_at - row.created_at if row.ended_at else timedelta()
        assert timedelta(days=2, hours=20) < spent < timedelta(days=4)

    def test_wait_as_long_as_the_receiver_asks(self, box: Box, customer: UUID) -> None:
        issued = listen(customer, box, "wallets.wallet.renamed")
        box.plan({"status": 429, "headers": {"Retry-After": "3600"}})
        rename(customer)
        dispatch()
        deliver(issued.endpoint.id)
        deliver_later(issued.endpoint.id, after=timedelta(minutes=50))
        assert len(box.messages()) == 1
        deliver_later(issued.endpoint.id, after=timedelta(minutes=61))
        assert len(box.taken()) == 1

    def test_end_with_an_endpoint_that_is_gone(self, box: Box, customer: UUID) -> None:
        issued = listen(customer, box, "wallets.wallet.renamed")
        box.plan(410)
        for _ in range(2):
            rename(customer)
        dispatch()
        deliver(issued.endpoint.id)
        assert states(issued.endpoint.id) == [DeliveryState.FAILED, DeliveryState.CANCELLED]
        found = queries.get_endpoint(endpoint_id=issued.endpoint.id, customer_id=customer)
        assert found.disabled_at is not None
        with pytest.raises(EndpointDisabled):
            actions.send_test(endpoint_id=issued.endpoint.id, customer_id=customer, by=SYSTEM)
        actions.enable_endpoint(endpoint_id=issued.endpoint.id, customer_id=customer, by=SYSTEM)
        sent = actions.resend_range(
            endpoint_id=issued.endpoint.id,
            customer_id=customer,
            since=clock.now() - timedelta(hours=1),
            until=clock.now() + timedelta(hours=1),
            states=frozenset(DeliveryState),
            by=SYSTEM,
        )
        deliver(issued.endpoint.id)
        assert (sent, len(box.taken())) == (2, 2)

    def test_follow_no_redirect(self, box: Box, customer: UUID) -> None:
        issued = listen(customer, box, "wallets.wallet.renamed")
        box.plan({"status": 307, "headers": {"Location": f"{box.url}x"}})
        rename(customer)
        dispatch()
        deliver(issued.endpoint.id)
        assert len(box.messages()) == 1
        assert states(issued.endpoint.id) == [DeliveryState.WAITING]

    def test_keep_what_was_asked_and_answered(self, box: Box, customer: UUID) -> None:
        issued = listen(customer, box)
        sent = actions.send_test(endpoint_id=issued.endpoint.id, customer_id=customer, by=SYSTEM)
        deliver(issued.endpoint.id)
        (told,) = queries.list_attempts(delivery_id=sent.id)
        assert (told.answer_status, json.loads(told.answer_body)) == (200, {"status": 200})
        assert told.request_headers["webhook-id"] == sent.message_id

    def test_go_without_data_that_is_too_large(self, box: Box, customer: UUID) -> None:
        issued = listen(customer, box, "wallets.wallet.renamed")
        rename(customer, label="x" * 30_000)
        dispatch()
        deliver(issued.endpoint.id)
        (message,) = box.taken()
        assert (message["data"], message["is_shortened"]) == ({}, True)


class TestRouting:
    def test_costs_no_query_more_for_more_events(self, box: Box, customer: UUID) -> None:
        listen(customer, box, "wallets.wallet.renamed")
        counts = []
        for size in (1, 40):
            for number in range(size):
                rename(customer, label=str(number))
            settle()
            happened = [
                one.event
                for one in readers.read_after(readers.START, limit=100_000)
                if one.event.data.get("customer") == customer_wire(customer)
            ][-size:]
            with transaction.atomic():
                with CaptureQueriesContext(connection) as asked:
                    actions.route(happened)
                mine = models.Delivery.objects.filter(endpoint__customer_id=customer)
                counts.append((mine.count(), len(asked)))
                transaction.set_rollback(True)
        assert [rows for rows, _ in counts] == [1, 40]
        assert counts[0][1] == counts[1][1]


class TestFailures:
    def test_in_a_row_are_told_to_the_owner_once(self, box: Box, customer: UUID) -> None:
        issued = listen(customer, box, "wallets.wallet.renamed")
        box.plan(*[500] * 12, 200)
        for _ in range(13):
            rename(customer)
        dispatch()
        deliver(issued.endpoint.id)
        (told,) = events_of(customer, "webhooks.endpoint.failing")
        assert told["endpoint"] == endpoint_wire(issued.endpoint.id)
        assert (told["failures"], told["answer"], told["host"]) == (10, "500", "127.0.0.1")
        assert box.url not in json.dumps(told)
        assert models.Endpoint.objects.get(id=issued.endpoint.id).failures == 0

    def test_are_forgotten_with_a_success(self, box: Box, customer: UUID) -> None:
        issued = listen(customer, box, "wallets.wallet.renamed")
        box.plan(*[500] * 9, 200, *[500] * 9)
        for _ in range(19):
            rename(customer)
        dispatch()
        deliver(issued.endpoint.id)
        assert events_of(customer, "webhooks.endpoint.failing") == []
        assert models.Endpoint.objects.get(id=issued.endpoint.id).failures == 9


class TestOrderCallbacks:
    def test_are_signed_and_their_history_is_shown_with_the_order(
        self, box: Box, customer: UUID
    ) -> None:
        secret = actions.issue_callback_secret(customer_id=customer, by=SYSTEM)
        money = Money(500, Asset("USD", 2))
        ask = NewOrder(
            kind="webhook_order",
            customer_id=customer,
            amount=money,
            fee=money,
            callback_url=box.url,
        )
        with transaction.atomic():
            order = orders.open_order(ask=ask, by=SYSTEM)
            orders.move_order(order=order, to=OrderState.WAITING_FOR_OPERATOR, by=SYSTEM)
        dispatch()
        deliver(secret.endpoint.id)
        (message,) = box.messages()
        Webhook(secret.secret).verify(message["body"], message["headers"])
        assert json.loads(message["body"])["data"]["state"] == "waiting_for_operator"
        (told,) = order_queries.list_callbacks(order_id=order.id)
        assert (told.attempts, told.answer_status) == (1, 200)
        assert told.delivered_at is not None


def _verify_ed25519(public_key: str, message: Any) -> None:
    headers = message["headers"]
    signature = next(p for p in headers["webhook-signature"].split() if p.startswith("v1a,"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{message['body']}"
    key = Ed25519PublicKey.from_public_bytes(b64decode(public_key.removeprefix("whpk_")))
    key.verify(b64decode(signature.removeprefix("v1a,")), content.encode())
