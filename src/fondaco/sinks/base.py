"""What a sink is, and what it gets."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Protocol, Self

from fondaco.kit.django.events import EventRow
from fondaco.kit.ids import encode


class SinkError(Exception):
    """Say that a sink did not take a batch; all of it comes again."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Hold one event as a sink gets it."""

    id: str
    """The same each time it comes: readers drop what they have seen."""
    type: str
    tenant: str
    subject: str
    body: bytes

    @property
    def key(self) -> str:
        """Give what is kept in order."""
        return f"{self.tenant}:{self.subject}"

    @classmethod
    def of(cls, event: EventRow, *, tenant: str) -> Self:
        """Write an event out."""
        name = encode("evt", event.id)
        told = {
            "id": name,
            "type": event.type,
            "version": event.version,
            "timestamp": event.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "tenant": tenant,
            "actor": event.actor,
            "subject": event.subject,
            "data": event.data,
        }
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(name, event.type, tenant, event.subject, body)


class Sink(Protocol):
    """Take events."""

    def take(self, batch: Sequence[Copy]) -> None:
        """Keep all of a batch in its order before this returns.

        :raises SinkError: not all of it is kept
        """

    def close(self) -> None:
        """Let go of connections."""
