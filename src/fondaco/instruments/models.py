"""Tables of instruments. What was told of a price is never changed or removed; a trigger sees to it."""

from django.db import models
from django.db.models import Q

from fondaco.instruments.states import InstrumentKind
from fondaco.kit.ids import uuid7


class Instrument(models.Model):
    """Something that has a price; most of them can be held."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    symbol = models.CharField(max_length=32, unique=True)
    """The code of its asset in the ledger."""
    scale = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=InstrumentKind.choices)
    currency = models.CharField(max_length=40)
    """Code and scale of what it is priced in, such as ``USD/2``."""
    exchange = models.CharField(max_length=80, blank=True)
    time_zone = models.CharField(max_length=64)
    step_minor = models.DecimalField(max_digits=39, decimal_places=0)
    """The smallest quantity that is traded, in minor units."""
    provider = models.CharField(max_length=40, blank=True)
    provider_symbol = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        """A step is something."""

        constraints = (
            models.CheckConstraint(
                condition=Q(step_minor__gt=0), name="instruments_step_is_positive"
            ),
        )

    def __str__(self) -> str:
        """Write the symbol."""
        return self.symbol


class PriceSource(models.Model):
    """Where prices come from, and what may be done with them."""

    name = models.CharField(max_length=60, primary_key=True)
    title = models.CharField(max_length=200)
    licence = models.CharField(max_length=300, blank=True)
    shifted_days = models.IntegerField(default=0)

    def __str__(self) -> str:
        """Write the name."""
        return self.name


class Price(models.Model):
    """The prices of a day as they were known from an instant on; a correction is another row."""

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="prices")
    day = models.DateField()
    close = models.DecimalField(max_digits=28, decimal_places=10)
    open = models.DecimalField(max_digits=28, decimal_places=10, null=True)
    high = models.DecimalField(max_digits=28, decimal_places=10, null=True)
    low = models.DecimalField(max_digits=28, decimal_places=10, null=True)
    volume = models.BigIntegerField(null=True)
    source = models.ForeignKey(PriceSource, on_delete=models.PROTECT, related_name="+")
    known_at = models.DateTimeField()

    class Meta:
        """The latest price of an instrument is one step in the index."""

        constraints = (
            models.UniqueConstraint(
                fields=("instrument", "day", "known_at"),
                name="instruments_price_once_at_an_instant",
            ),
            models.CheckConstraint(condition=Q(close__gt=0), name="instruments_price_is_positive"),
        )

    def __str__(self) -> str:
        """Write whose price it is."""
        return f"{self.instrument_id} on {self.day}"
