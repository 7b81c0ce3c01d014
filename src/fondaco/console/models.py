"""Which browser shows which session, what an operator keeps of lists, and whom he looks at as a customer."""

from django.db import models
from django.db.models import F, Q


class Visit(models.Model):
    """Lead from a cookie to a session of identity, which alone says whether it still counts."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    """SHA-256 of the cookie, which is 256 random bits and stored nowhere else."""
    session_id = models.UUIDField(db_index=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        """Show the session, never the cookie."""
        return str(self.session_id)


class SavedFilter(models.Model):
    """Hold how an operator narrows a list, under a name of his own."""

    user_id = models.UUIDField()
    listed = models.CharField(max_length=40)
    """The stable name of the list."""
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)
    """What is asked for, as the query of an address."""
    created_at = models.DateTimeField()

    class Meta:
        """One filter of a name for each operator and list."""

        constraints = (
            models.UniqueConstraint(
                fields=("user_id", "listed", "name"), name="saved_filter_has_its_own_name"
            ),
        )

    def __str__(self) -> str:
        """Show list and name."""
        return f"{self.listed}: {self.name}"


class Viewing(models.Model):
    """Let a session of an operator see the pages of a customer for a while; never deleted."""

    session_id = models.UUIDField(db_index=True)
    user_id = models.UUIDField()
    """The operator."""
    customer_id = models.UUIDField()
    member_id = models.UUIDField()
    """The customer's person as whom the pages are seen."""
    reason = models.CharField(max_length=500)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        """A viewing has a reason and an end."""

        constraints = (
            models.CheckConstraint(condition=~Q(reason=""), name="viewing_has_a_reason"),
            models.CheckConstraint(
                condition=Q(ends_at__gte=F("began_at")), name="viewing_ends_after_it_began"
            ),
        )

    def __str__(self) -> str:
        """Show who looks at whom."""
        return f"{self.user_id} views {self.customer_id}"
