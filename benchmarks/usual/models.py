"""Tables of a usual wallet service: a balance column, operations and orders, idempotency keys."""

from typing import ClassVar

from django.db import models


class UsualWallet(models.Model):
    """Hold a balance in a column that every payment updates."""

    objects: ClassVar["models.Manager[UsualWallet]"] = models.Manager()

    token = models.CharField(max_length=64, unique=True)
    owner_id = models.UUIDField(db_index=True)
    balance = models.DecimalField(max_digits=39, decimal_places=0)
    held = models.DecimalField(max_digits=39, decimal_places=0, default=0)

    def __str__(self) -> str:
        """Name the wallet by its token."""
        return self.token


class UsualOperation(models.Model):
    """Keep one payment or one refused attempt."""

    objects: ClassVar["models.Manager[UsualOperation]"] = models.Manager()

    source = models.ForeignKey(UsualWallet, on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey(UsualWallet, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=39, decimal_places=0)
    summary = models.CharField(max_length=255)
    success = models.BooleanField()
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        """Name the operation by its number."""
        return str(self.pk)


class UsualOrder(models.Model):
    """Keep one purchase, and whether it waits for others or is covered at once."""

    objects: ClassVar["models.Manager[UsualOrder]"] = models.Manager()

    wallet = models.ForeignKey(UsualWallet, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=34)
    amount = models.DecimalField(max_digits=39, decimal_places=0)
    total = models.DecimalField(max_digits=39, decimal_places=0)
    price = models.CharField(max_length=80)
    state = models.CharField(max_length=20, db_index=True)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        """Name the order by its number."""
        return str(self.pk)


class UsualHold(models.Model):
    """Keep what is held for an order, so that it can be taken or given back, once."""

    objects: ClassVar["models.Manager[UsualHold]"] = models.Manager()

    wallet = models.ForeignKey(UsualWallet, on_delete=models.PROTECT, related_name="+")
    order = models.OneToOneField(UsualOrder, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=39, decimal_places=0)
    at = models.DateTimeField()

    def __str__(self) -> str:
        """Name the hold by its number."""
        return str(self.pk)


class UsualStep(models.Model):
    """Keep one move of an order, and who made it."""

    objects: ClassVar["models.Manager[UsualStep]"] = models.Manager()

    order = models.ForeignKey(UsualOrder, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20)
    by = models.CharField(max_length=100)
    at = models.DateTimeField()

    def __str__(self) -> str:
        """Name the step by its number."""
        return str(self.pk)


class UsualKey(models.Model):
    """Remember the answer that was given for an idempotency key."""

    objects: ClassVar["models.Manager[UsualKey]"] = models.Manager()

    owner_id = models.UUIDField()
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField()
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField()

    class Meta:
        """Allow one answer for each key of an owner."""

        constraints = (
            models.UniqueConstraint(fields=("owner_id", "key"), name="usual_key_is_used_once"),
        )

    def __str__(self) -> str:
        """Name the row by its key."""
        return self.key
