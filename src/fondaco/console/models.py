"""Which browser shows which session."""

from django.db import models


class Visit(models.Model):
    """Lead from a cookie to a session of identity, which alone says whether it still counts."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    """SHA-256 of the cookie, which is 256 random bits and stored nowhere else."""
    session_id = models.UUIDField(db_index=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        """Show the session, never the cookie."""
        return str(self.session_id)
