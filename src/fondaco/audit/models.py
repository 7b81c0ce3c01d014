"""The table of audit entries."""

from django.db import models
from django.db.models import Q

from fondaco.kit.ids import uuid7


class Entry(models.Model):
    """Hold one change; a trigger refuses to alter or remove the row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    action = models.CharField(max_length=100)
    subject = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)

    class Meta:
        """Find the rows of one subject, one actor or one action, newest first."""

        db_table = "audit_entry"
        ordering = ("-id",)
        verbose_name_plural = "entries"
        indexes = (
            models.Index(fields=("subject", "-id"), name="audit_entries_by_subject"),
            models.Index(fields=("actor", "-id"), name="audit_entries_by_actor"),
            models.Index(fields=("action", "-id"), name="audit_entries_by_action"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~Q(actor="") & ~Q(action="") & ~Q(subject=""),
                name="audit_entry_names_actor_action_and_subject",
            ),
        )

    def __str__(self) -> str:
        """Write the change as one line."""
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.action} {self.subject}"
