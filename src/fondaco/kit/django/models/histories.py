"""The shape of every history of states."""

from django.db import models


class StateChange(models.Model):
    """One move of one thing; a subclass adds the foreign key ``subject`` to the thing."""

    state_from = models.CharField(max_length=40)
    """Empty: the thing began in ``state_to``."""
    state_to = models.CharField(max_length=40)
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    """Who moved it, as ``kind:id``."""
    note = models.TextField(default="", blank=True)
    """Why, for humans."""

    class Meta:
        """Share the columns only."""

        abstract = True

    def __str__(self) -> str:
        """Give both states."""
        return f"{self.state_from or '·'} → {self.state_to}"
