"""Carry a tenant's events to a sink: read, hand over, move the cursor; a crash between repeats a batch."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import structlog
from django.db import connection

from fondaco.kit.django import tenancy
from fondaco.kit.django.readers import BehindRetention, Reader
from fondaco.kit.options import Options, options
from fondaco.sinks.amqp import Amqp
from fondaco.sinks.base import Copy, Sink, SinkError
from fondaco.sinks.kafka import Kafka

BATCH: Final = 1000

log = structlog.get_logger(__name__)


def find_sinks(chosen: Options) -> Mapping[str, Sink]:
    """Give the sinks that the options name; a sink's name is the name of its cursor too."""
    found: dict[str, Sink] = {}
    if url := chosen.amqp_url.get_secret_value():
        found["amqp"] = Amqp(url, chosen.amqp_exchange)
    if chosen.kafka_servers:
        pairs = (one.partition("=") for one in chosen.kafka_settings.get_secret_value().split())
        settings = {name: value for name, _, value in pairs}
        found["kafka"] = Kafka(chosen.kafka_servers, chosen.kafka_topic, settings)
    return found


def carry_all(*, for_s: float) -> int:
    """Carry what waits to all sinks, for so long at most; give how many copies were handed over."""
    done = 0
    for name, sink in find_sinks(options()).items():
        try:
            done += carry(name, sink, for_s=for_s)
        except SinkError as error:
            log.warning("sink.failed", sink=name, reason=str(error))
        finally:
            sink.close()
    return done


def carry(name: str, sink: Sink, *, for_s: float) -> int:
    """Carry what waits to one sink, unless somebody else does; give how many copies were handed over.

    :raises SinkError: the sink did not take all of it; the rest comes again
    """
    reader, done, ends = Reader(f"sinks.{name}"), 0, time.monotonic() + for_s
    tenant = tenancy.current().name
    with _alone(f"sinks.{name}") as is_mine:
        while is_mine and time.monotonic() < ends:
            try:
                batch = reader.read(BATCH)
            except BehindRetention:
                log.warning("sink.lost", sink=name)
                batch = reader.skip_dropped().read(BATCH)
            if not batch:
                break
            sink.take([Copy.of(stored.event, tenant=tenant) for stored in batch])
            reader.advance(batch[-1].position)
            done += len(batch)
    return done


@contextmanager
def _alone(name: str) -> Iterator[bool]:
    """Tell whether nobody else works under a name in this tenant; nobody begins before the block ends.

    The lock is the session's: no transaction may be open while another system is spoken to.
    """
    text = f"{tenancy.current().schema}:{name}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 1))", [text])
        (is_mine,) = cursor.fetchone()
        try:
            yield bool(is_mine)
        finally:
            if is_mine:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", [text])
