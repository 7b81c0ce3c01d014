"""Events to RabbitMQ: a durable topic exchange, persistent messages, one transaction of the broker a batch.

Source: AMQP 0-9-1, class ``tx``: what is published before ``commit`` is routed by it as a whole, in order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from fondaco.sinks.base import Copy, SinkError

_TIMEOUT_S: Final = 10
_PERSISTENT: Final = 2


@dataclass(slots=True)
class Amqp:
    """Publish to one exchange; the routing key is the event's type."""

    url: str = field(repr=False)
    exchange: str
    _connection: Any = None
    _channel: Any = None

    def take(self, batch: Sequence[Copy]) -> None:
        """Publish a batch in one transaction.

        :raises SinkError: the broker cannot be reached, or did not commit
        """
        if find_spec("pika") is None:
            raise SinkError("the extra amqp is not installed")
        pika = import_module("pika")  # only now: few houses have a broker, and it takes megabytes
        try:
            channel = self._open(pika)
            for copy in batch:
                properties = pika.BasicProperties(
                    message_id=copy.id,
                    type=copy.type,
                    content_type="application/json",
                    delivery_mode=_PERSISTENT,
                    headers={"tenant": copy.tenant, "subject": copy.subject},
                )
                channel.basic_publish(self.exchange, copy.type, copy.body, properties)
            channel.tx_commit()
        except (pika.exceptions.AMQPError, OSError) as error:
            self.close()
            raise SinkError(f"amqp: {type(error).__name__}") from None

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None and connection.is_open:
            connection.close()

    def _open(self, pika: Any) -> Any:
        if self._channel is None:
            parameters = pika.URLParameters(self.url)
            parameters.socket_timeout = parameters.blocked_connection_timeout = _TIMEOUT_S
            self._connection = pika.BlockingConnection(parameters)
            self._channel = self._connection.channel()
            self._channel.exchange_declare(self.exchange, exchange_type="topic", durable=True)
            self._channel.tx_select()
        return self._channel
