"""Tables of the journal: which balances the books began with, and from which files."""

from django.db import models


class OpeningFile(models.Model):
    """Hold a file of opening balances that was posted; the same one is never posted again."""

    id = models.UUIDField(primary_key=True)
    digest = models.BinaryField(max_length=32, unique=True)
    """SHA-256 over what its rows say, so that spaces and line ends make no other file of it."""
    rows = models.PositiveIntegerField()
    posted_by = models.CharField(max_length=200)
    posted_at = models.DateTimeField()

    class Meta:
        """Name the table."""

        db_table = "journal_opening_file"

    def __str__(self) -> str:
        """Show how many rows it had."""
        return f"{self.rows} opening balances"


class OpeningBalance(models.Model):
    """Hold that an account has its opening balance: it gets one, whatever file it stands in."""

    account_id = models.BigIntegerField(primary_key=True)
    transfer_id = models.UUIDField()
    file = models.ForeignKey(OpeningFile, on_delete=models.PROTECT, related_name="balances")

    class Meta:
        """Name the table."""

        db_table = "journal_opening_balance"

    def __str__(self) -> str:
        """Show the account."""
        return f"account {self.account_id}"
