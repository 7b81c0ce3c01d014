"""What happened, and how far each reader has come.

The table of events is partitioned by the month in which PostgreSQL recorded them, so that what is older than
the retention is dropped whole. Only migrations and two functions of the owner change its shape.
"""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class Xid8Field(models.BigIntegerField):  # type: ignore[type-arg] # Django's class takes none when it runs
    """Hold a transaction's number (64 bits, never reused) as an integer."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:  # noqa: ARG002 - Django's signature
        """Name PostgreSQL's type."""
        return "xid8"

    def from_db_value(self, value: str | None, *_args: Any) -> int | None:
        """Read the number, which the driver gives as text."""
        return None if value is None else int(value)

    def get_prep_value(self, value: Any) -> str | None:
        """Write the number as text, from which alone PostgreSQL makes this type."""
        return None if value is None else str(value)


class Event(models.Model):
    """One thing that happened, written in the transaction of the change; never changed afterwards."""

    id = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField()
    """Position within its transaction; grows over all, with gaps."""
    xid = Xid8Field()
    """The transaction that wrote it; readers go by (xid, seq)."""
    recorded_at = models.DateTimeField()
    """PostgreSQL's clock; decides the partition."""
    type = models.TextField()
    """Wire name such as ``wallets.charge.posted``."""
    version = models.SmallIntegerField()
    """Version of the shape of ``data``."""
    occurred_at = models.DateTimeField()
    """The platform's clock."""
    actor = models.TextField()
    """Who did it, as ``kind:id``."""
    subject = models.TextField()
    """The wire identifier of the thing that it happened to."""
    data = models.JSONField()
    """What a receiver sees; never a secret."""

    class Meta:
        """Name the table; its indexes are made in SQL with the partitions."""

        db_table = "kit_event"

    def __str__(self) -> str:
        """Give type and subject."""
        return f"{self.type} {self.subject}"


class EventReader(models.Model):
    """How far one reader has come."""

    name = models.CharField(max_length=200, primary_key=True)
    xid = models.BigIntegerField(default=0)
    seq = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField()
    """When it last read something."""

    class Meta:
        """Name the table."""

        db_table = "kit_event_reader"

    def __str__(self) -> str:
        """Give the name."""
        return self.name


class EventHorizon(models.Model):
    """The last event that retention has dropped; one row."""

    id = models.SmallIntegerField(primary_key=True)
    xid = models.BigIntegerField()
    seq = models.BigIntegerField()
    dropped_at = models.DateTimeField()

    class Meta:
        """Name the table."""

        db_table = "kit_event_horizon"

    def __str__(self) -> str:
        """Give the position."""
        return f"{self.xid}/{self.seq}"
