"""Events reach real brokers: all of them, in the order of their subjects, again after a failure."""

import json
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pika
import pytest
from confluent_kafka import Consumer, Producer
from django.db import connections

from fondaco.kit import options
from fondaco.kit.django import tenancy
from fondaco.kit.django.readers import Reader, tip
from fondaco.kit.django.tests.samples import mark, settle
from fondaco.sinks import carrying
from fondaco.sinks.amqp import Amqp
from fondaco.sinks.base import Copy, Sink, SinkError
from fondaco.sinks.kafka import Kafka
from fondaco.sinks.tests.broker import rabbitmq

LONG_S = 60.0


class Memory:
    """A sink that fails on command."""

    def __init__(self, *, fails_after: int = -2) -> None:
        self.taken: list[Copy] = []
        self.fails_after = fails_after

    def take(self, batch: Sequence[Copy]) -> None:
        self.taken += batch
        self.fails_after -= 1
        if self.fails_after == -1:
            raise SinkError("no")

    def close(self) -> None:
        """Nothing is held."""


class Own:
    """A cursor of its own at what happens from now on, and subjects of its own."""

    def __init__(self, tenant: str) -> None:
        self.tenant, self.run = tenant, uuid4().hex
        self.name = f"x{self.run}"
        settle()
        Reader(f"sinks.{self.name}").position()
        Reader(f"sinks.{self.name}").advance(tip())

    def subject(self, number: int) -> str:
        return f"s{number % 3}-{self.run}"

    def leave(self, count: int) -> list[tuple[str, int]]:
        """Leave marks of three subjects in turn; give subject and number of each."""
        left = [(self.subject(number), number) for number in range(count)]
        for name, number in left:
            mark(name, number=number)
        settle()
        return left

    def marks(self, bodies: Iterable[bytes]) -> list[tuple[str, int]]:
        told = [json.loads(body) for body in bodies]
        mine = [one for one in told if one["subject"].endswith(self.run)]
        return [(one["subject"], one["data"]["number"]) for one in mine]

    def carry(self, sink: Sink) -> int:
        return carrying.carry(self.name, sink, for_s=LONG_S)


@pytest.fixture
def own(tenant: Any) -> Own:
    return Own(tenant.name)


class TestCarrying:
    def test_hands_all_over_in_order_and_nothing_twice_while_all_is_well(self, own: Own) -> None:
        left, sink = own.leave(5), Memory()
        for _ in range(2):
            own.carry(sink)
        assert own.marks([copy.body for copy in sink.taken]) == left
        assert {copy.tenant for copy in sink.taken} == {own.tenant}

    def test_hands_a_batch_over_again_when_nobody_said_that_it_was_kept(self, own: Own) -> None:
        left, sink = own.leave(4), Memory(fails_after=0)
        with pytest.raises(SinkError):
            own.carry(sink)
        own.carry(sink)
        assert own.marks([copy.body for copy in sink.taken]) == left + left
        assert len({copy.id for copy in sink.taken}) == len(sink.taken) // 2

    def test_is_done_by_one_at_a_time(self, own: Own) -> None:
        own.leave(1)
        others = Memory()

        def carry_too() -> None:
            with tenancy.scope(own.tenant):
                own.carry(others)
            connections.close_all()

        class Interrupted(Memory):
            def take(self, batch: Sequence[Copy]) -> None:
                thread = threading.Thread(target=carry_too)
                thread.start()
                thread.join()
                super().take(batch)

        sink = Interrupted()
        own.carry(sink)
        assert len(own.marks([copy.body for copy in sink.taken])) == 1
        assert others.taken == []

    def test_leaves_the_cursor_where_it_is_when_a_broker_is_down(self, own: Own) -> None:
        own.leave(1)
        before = Reader("sinks.amqp").position()
        with options.override(amqp_url="amqp://guest:guest@127.0.0.1:1/%2F"):
            assert carrying.carry_all(for_s=LONG_S) == 0
        assert Reader("sinks.amqp").position() == before


@pytest.mark.needs_tool("rabbitmq-server")
class TestRabbitMq:
    def test_gets_every_event_in_the_order_of_its_subject(self, own: Own, tmp_path: Path) -> None:
        with rabbitmq(tmp_path) as url:
            listener = pika.BlockingConnection(pika.URLParameters(url))
            channel = listener.channel()
            channel.exchange_declare("house", exchange_type="topic", durable=True)
            channel.queue_declare("all")
            channel.queue_bind("all", "house", "kit_sample.#")
            left, sink = own.leave(60), Amqp(url, "house")
            assert own.carry(sink) >= len(left)
            sink.close()
            got = [channel.basic_get("all", auto_ack=True) for _ in left]
            assert channel.basic_get("all") == (None, None, None)
            listener.close()
        assert own.marks([body for _, _, body in got if body is not None]) == left
        _, properties, _ = got[0]
        assert properties is not None
        assert properties.headers == {"tenant": own.tenant, "subject": own.subject(0)}
        assert properties.delivery_mode == 2


class TestKafka:
    def test_gets_every_event_in_the_order_of_its_subject(self, own: Own) -> None:
        # librdkafka's own cluster: the protocol over sockets of this machine, without a broker to install.
        cluster = Producer({"bootstrap.servers": "x", "test.mock.num.brokers": 1})
        (broker,) = cluster.list_topics(timeout=LONG_S).brokers.values()
        servers = f"{broker.host}:{broker.port}"
        left, sink = own.leave(60), Kafka(servers, "house")
        assert own.carry(sink) >= len(left)
        reader = Consumer(
            {"bootstrap.servers": servers, "group.id": "t", "auto.offset.reset": "earliest"}
        )
        reader.subscribe(["house"])
        bodies: list[bytes] = []
        while len(own.marks(bodies)) < len(left):
            found = reader.poll(LONG_S)
            assert found is not None
            assert found.error() is None
            bodies.append(found.value() or b"")
        reader.close()
        got = own.marks(bodies)
        for subject in map(own.subject, range(3)):
            assert [one for one in got if one[0] == subject] == [
                one for one in left if one[0] == subject
            ]
