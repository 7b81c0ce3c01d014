"""The ledger's tables. Hot ones are written by ``store.py`` in SQL; Django reads them.

``ledger_transfer`` is partitioned by the time inside its id; its migration makes it, with the triggers that
refuse every change. There are no foreign keys on hot tables: ``verify`` proves the references instead.
"""

from django.db import models
from django.db.models import F, Q

from fondaco.ledger.types import AccountKind, HoldState, Step


def _choices(words: type[AccountKind | HoldState | Step]) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in words]


class WholeNumberField(models.DecimalField):  # type: ignore[type-arg] # generic in the stubs only
    """Store minor units: NUMERIC(39,0), whole numbers of up to 39 digits."""

    def __init__(self, **options: object) -> None:
        """Fix digits and places."""
        super().__init__(**{**options, "max_digits": 39, "decimal_places": 0})  # type: ignore[arg-type] # passed on as they came

    def from_db_value(self, value: object, _expression: object, _connection: object) -> int | None:
        """Give an integer, never a Decimal."""
        return None if value is None else int(value)  # type: ignore[call-overload] # a Decimal


class Asset(models.Model):
    """Hold an asset that accounts may count."""

    id = models.SmallAutoField(primary_key=True)
    code = models.CharField(max_length=33, unique=True)
    scale = models.PositiveSmallIntegerField()
    """Decimal places; never changed, since every amount is written in it."""

    class Meta:
        """Say what the database keeps true."""

        db_table = "ledger_asset"
        constraints = (
            models.CheckConstraint(
                condition=Q(scale__lte=18), name="ledger_asset_has_at_most_18_places"
            ),
        )

    def __str__(self) -> str:
        """Write ``CODE/scale``."""
        return f"{self.code}/{self.scale}"


class Account(models.Model):
    """Hold one account with its running totals; no index may stand on what a transfer changes."""

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=200, unique=True)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=9, choices=_choices(AccountKind))
    floor = WholeNumberField(null=True)
    """The least available balance; none: it may go either way."""
    frozen = models.BooleanField(default=False)
    closed = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    revision = models.IntegerField(default=0)
    """Raised with every change of floor, frozen or closed, so that no writer works from old ones."""
    debits_pending = WholeNumberField(default=0)
    """Reserved by open holds that will debit the account."""
    credits_pending = WholeNumberField(default=0)
    debits_posted = WholeNumberField(default=0)
    credits_posted = WholeNumberField(default=0)
    version = models.BigIntegerField(default=0)
    """The number of transfers that have touched the account."""
    touched_us = models.BigIntegerField(default=0, db_default=0)
    """When the last of them happened (microseconds since 1970): no later one is dated before it."""

    class Meta:
        """Say what the database keeps true."""

        db_table = "ledger_account"
        constraints = (
            models.CheckConstraint(condition=~Q(code=""), name="ledger_account_has_a_code"),
            models.CheckConstraint(
                condition=Q(
                    debits_posted__gte=0,
                    credits_posted__gte=0,
                    debits_pending__gte=0,
                    credits_pending__gte=0,
                ),
                name="ledger_account_totals_are_not_negative",
            ),
        )

    def __str__(self) -> str:
        """Write the account's code."""
        return self.code


class Transfer(models.Model):
    """Hold one movement with both accounts' versions and balances after it; never changed or deleted."""

    id = models.UUIDField(primary_key=True)
    debit = models.BigIntegerField()
    credit = models.BigIntegerField()
    amount = WholeNumberField()
    kind = models.TextField()
    step = models.TextField(choices=_choices(Step))
    debit_version = models.BigIntegerField()
    credit_version = models.BigIntegerField()
    debit_balance = WholeNumberField()
    """Posted balance of the debit account after it, on its normal side."""
    credit_balance = WholeNumberField()
    debit_held = WholeNumberField(null=True)
    """What open holds may take out of the debit account after it; none: nothing."""
    credit_held = WholeNumberField(null=True)
    group_id = models.UUIDField(null=True)
    """The first transfer of its linked group."""
    hold_id = models.UUIDField(null=True)
    """The hold that a capture or void ends."""
    expires_at = models.DateTimeField(null=True)
    reference = models.UUIDField(null=True)
    memo = models.TextField(null=True)  # noqa: DJ001 - nothing takes no room in rows by the million
    metadata = models.JSONField(null=True)
    actor = models.TextField()
    at = models.DateTimeField()

    class Meta:
        """Name the table and its history indexes."""

        db_table = "ledger_transfer"
        constraints = (
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="ledger_transfer_amount_is_positive"
            ),
            models.CheckConstraint(
                condition=~Q(debit=F("credit")), name="ledger_transfer_has_two_accounts"
            ),
        )
        indexes = (
            models.Index(fields=("debit", "debit_version"), name="ledger_transfer_of_debit"),
            models.Index(fields=("credit", "credit_version"), name="ledger_transfer_of_credit"),
        )

    def __str__(self) -> str:
        """Write the movement in one line."""
        return f"{self.kind} {self.amount} {self.debit} → {self.credit}"


class Rejection(models.Model):
    """Hold one refused attempt: what was asked and why it was refused; never changed or deleted."""

    id = models.UUIDField(primary_key=True)
    debit = models.BigIntegerField()
    credit = models.BigIntegerField()
    amount = models.DecimalField(max_digits=1000, decimal_places=0)
    """As it was asked, so it may be zero, negative or too large."""
    kind = models.TextField()
    step = models.TextField(choices=_choices(Step))
    result = models.TextField()
    """A word of ``types.Result``."""
    group_id = models.UUIDField(null=True)
    hold_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField(null=True)
    reference = models.UUIDField(null=True)
    memo = models.TextField(null=True)  # noqa: DJ001 - nothing takes no room in rows by the million
    metadata = models.JSONField(null=True)
    actor = models.TextField()
    at = models.DateTimeField()

    class Meta:
        """Find the attempts of one account, newest first."""

        db_table = "ledger_rejection"
        indexes = (
            models.Index(fields=("debit", "at", "id"), name="ledger_rejection_of_debit"),
            models.Index(fields=("credit", "at", "id"), name="ledger_rejection_of_credit"),
        )

    def __str__(self) -> str:
        """Write the attempt in one line."""
        return f"{self.kind} {self.amount} {self.debit} → {self.credit}: {self.result}"


class Hold(models.Model):
    """Hold money that is reserved; the row ends once, by a capture or a void."""

    id = models.UUIDField(primary_key=True)
    """The HOLD transfer's id."""
    debit = models.BigIntegerField()
    credit = models.BigIntegerField()
    amount = WholeNumberField()
    expires_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=_choices(HoldState))
    ended_by = models.UUIDField(null=True)

    class Meta:
        """Find open holds by account and by the time when they run out."""

        db_table = "ledger_hold"
        constraints = (
            models.CheckConstraint(
                condition=Q(state="open", ended_by=None) | (~Q(state="open") & ~Q(ended_by=None)),
                name="ledger_hold_that_is_not_open_was_ended_by_a_transfer",
            ),
        )
        indexes = (
            models.Index(
                fields=("debit", "id"),
                name="ledger_hold_open_of_debit",
                condition=Q(state="open"),
            ),
            models.Index(
                fields=("credit", "id"),
                name="ledger_hold_open_of_credit",
                condition=Q(state="open"),
            ),
            models.Index(
                fields=("expires_at",),
                name="ledger_hold_open_by_expiry",
                condition=Q(state="open", expires_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        """Write amount and state."""
        return f"{self.amount} {self.debit} → {self.credit} {self.state}"


class Usage(models.Model):
    """Hold what a limit's counter has counted in its window."""

    pk = models.CompositePrimaryKey("counter", "period")
    counter = models.TextField()
    period = models.TextField()
    amount = WholeNumberField()
    times = models.BigIntegerField()

    class Meta:
        """Name the table."""

        db_table = "ledger_usage"

    def __str__(self) -> str:
        """Write the counter and its window."""
        return f"{self.counter} {self.period}: {self.amount}"


class Checkpoint(models.Model):
    """Hold what an account held at a midnight (UTC) after a day on which it moved; never changed."""

    pk = models.CompositePrimaryKey("account", "version")
    account = models.BigIntegerField()
    version = models.BigIntegerField()
    """Of the last transfer before the midnight."""
    until = models.DateTimeField()
    """The midnight: each transfer before it is counted, and none of those at it or after it."""
    debits_posted = WholeNumberField()
    credits_posted = WholeNumberField()
    debits_pending = WholeNumberField()
    credits_pending = WholeNumberField()

    class Meta:
        """Find by version through the key, and by instant."""

        db_table = "ledger_checkpoint"
        constraints = (
            models.UniqueConstraint(
                fields=("account", "until"),
                name="ledger_checkpoint_is_one_per_account_and_midnight",
            ),
        )

    def __str__(self) -> str:
        """Write account, version and midnight."""
        return f"{self.account} at version {self.version} before {self.until:%F}"


class CheckpointDay(models.Model):
    """Say that the checkpoints of a midnight are complete; days are done one after the other."""

    until = models.DateTimeField(primary_key=True)
    accounts = models.BigIntegerField()
    """How many had moved."""
    made_at = models.DateTimeField()

    class Meta:
        """Name the table."""

        db_table = "ledger_checkpoint_day"

    def __str__(self) -> str:
        """Write the midnight."""
        return f"{self.until:%F}: {self.accounts}"


class DetachedPartition(models.Model):
    """Say which part of the transfers the table no longer holds, and what became of it."""

    name = models.CharField(max_length=63, primary_key=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    opening_at = models.DateTimeField()
    """The midnight from which on histories are whole without it."""
    transfers = models.BigIntegerField()
    decided_at = models.DateTimeField()
    detached_at = models.DateTimeField(null=True)
    exported_at = models.DateTimeField(null=True)
    exported_sha256 = models.CharField(max_length=64, null=True)  # noqa: DJ001 - none until it is exported
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        """Name the table."""

        db_table = "ledger_detached"

    def __str__(self) -> str:
        """Write its name."""
        return self.name
