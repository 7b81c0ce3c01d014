"""The switch that stops whatever moves money while reads go on."""

from typing import ClassVar

from django.db import models


class Maintenance(models.Model):
    """The one row that is there while the tenant is in maintenance."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    reason = models.CharField(max_length=255)
    """Told to everybody who is refused."""
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    """When it is expected to end; decides ``Retry-After``, ends nothing by itself."""
    begun_by = models.CharField(max_length=128)

    class Meta:
        """Table and constraints."""

        db_table = "kit_maintenance"
        constraints: ClassVar = [
            models.CheckConstraint(name="kit_maintenance_is_one_row", condition=models.Q(id=1))
        ]

    def __str__(self) -> str:
        """Give the reason."""
        return self.reason
