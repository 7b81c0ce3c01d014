"""Events to Kafka: one topic, keyed by tenant and subject, so that a subject stays in one partition.

The producer is idempotent and waits for all replicas in sync, so retries of its own neither double nor
reorder what it was given once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from fondaco.sinks.base import Copy, SinkError

_TIMEOUT_S: Final = 30.0


@dataclass(slots=True)
class Kafka:
    """Write to one topic."""

    servers: str
    topic: str
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    _producer: Any = None

    def take(self, batch: Sequence[Copy]) -> None:
        """Write a batch and wait until all of it is kept.

        :raises SinkError: some of it is not, or nobody knows
        """
        if find_spec("confluent_kafka") is None:
            raise SinkError("the extra kafka is not installed")
        # Only now: few houses have it, and it takes megabytes.
        kafka = import_module("confluent_kafka")
        failed: list[str] = []

        def note(error: Any, _message: Any) -> None:
            if error is not None:
                failed.append(str(error.name()))

        try:
            producer = self._open(kafka)
            for copy in batch:
                producer.produce(
                    self.topic,
                    value=copy.body,
                    key=copy.key,
                    headers={"id": copy.id, "type": copy.type, "tenant": copy.tenant},
                    on_delivery=note,
                )
            left = producer.flush(_TIMEOUT_S)
        except (kafka.KafkaException, BufferError) as error:
            self.close()
            raise SinkError(f"kafka: {type(error).__name__}") from None
        if left or failed:
            self.close()
            raise SinkError(f"kafka: {left} of {len(batch)} not kept, {sorted(set(failed))}")

    def close(self) -> None:
        """Drop the producer and what it still holds, which comes again."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.purge()

    def _open(self, kafka: Any) -> Any:
        if self._producer is None:
            self._producer = kafka.Producer(
                {
                    **self.settings,
                    "bootstrap.servers": self.servers,
                    "enable.idempotence": True,
                    "acks": "all",
                    "message.timeout.ms": int(_TIMEOUT_S * 1000),
                }
            )
        return self._producer
