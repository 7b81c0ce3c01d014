"""Tables of investing. What was told, given and done is never changed or removed; triggers see to it."""

from django.db import models
from django.db.models import Q

from fondaco.investing.states import ActivityKind, LotMethod, TradeMode
from fondaco.kit.ids import uuid7


class CorporateAction(models.Model):
    """A dividend or a split that a company made on a day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=20, choices=ActivityKind.choices)
    day = models.DateField()
    per_share = models.DecimalField(max_digits=28, decimal_places=10, null=True)
    """Of a dividend: major units of the instrument's currency."""
    numerator = models.PositiveIntegerField(null=True)
    """Of a split: so many new shares …"""
    denominator = models.PositiveIntegerField(null=True)
    """… for so many old ones."""
    created_at = models.DateTimeField()

    class Meta:
        """A company does each once a day."""

        constraints = (
            models.UniqueConstraint(
                fields=("instrument", "kind", "day"), name="investing_action_once_a_day"
            ),
        )

    def __str__(self) -> str:
        """Write what it is."""
        return f"{self.kind} of {self.instrument_id} on {self.day}"


class Portfolio(models.Model):
    """How a customer keeps his portfolio."""

    customer = models.OneToOneField(
        "identity.Customer", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    currency = models.CharField(max_length=40)
    """Code and scale; all that he pays and gets is in it."""
    wallet_id = models.UUIDField(null=True)
    """From which he paid last, and to which dividends go."""
    method = models.CharField(
        max_length=20, choices=LotMethod.choices, default=LotMethod.FIFO.value
    )
    band_bps = models.PositiveIntegerField(default=500)
    """How far a part may be from its target before it is told (hundredths of a per cent)."""
    benchmark = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, null=True, related_name="+"
    )
    advisor_ref = models.CharField(max_length=80, blank=True)
    """By which name the service outside knows him."""
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        """Write whose it is."""
        return f"portfolio of {self.customer_id}"


class Holding(models.Model):
    """Which ledger account counts a customer's shares."""

    customer = models.ForeignKey("identity.Customer", on_delete=models.PROTECT, related_name="+")
    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="+"
    )
    account_id = models.BigIntegerField(unique=True)

    class Meta:
        """A customer has one account for each instrument."""

        constraints = (
            models.UniqueConstraint(
                fields=("customer", "instrument"), name="investing_one_account_for_each_instrument"
            ),
        )

    def __str__(self) -> str:
        """Write whose it is."""
        return f"{self.instrument_id} of {self.customer_id}"


class OutsideAccount(models.Model):
    """An account at a broker, as its owner tells of it; nothing in it can be traded here."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("identity.Customer", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        """A customer has one of each name."""

        constraints = (
            models.UniqueConstraint(
                fields=("customer", "name"), name="investing_outside_account_once"
            ),
        )

    def __str__(self) -> str:
        """Write the name."""
        return self.name


class ImportMapping(models.Model):
    """Which column of a broker's list means what."""

    customer = models.ForeignKey("identity.Customer", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    rules = models.JSONField()
    updated_at = models.DateTimeField()

    class Meta:
        """A customer has one of each name."""

        constraints = (
            models.UniqueConstraint(fields=("customer", "name"), name="investing_mapping_once"),
        )

    def __str__(self) -> str:
        """Write the name."""
        return self.name


class Advice(models.Model):
    """An advice as it was given, with all that it was made of."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("identity.Customer", on_delete=models.PROTECT, related_name="+")
    engine = models.CharField(max_length=80)
    engine_version = models.CharField(max_length=80)
    fallback = models.CharField(max_length=40, blank=True)
    risk = models.PositiveSmallIntegerField()
    level = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=40)
    total_minor = models.DecimalField(max_digits=39, decimal_places=0)
    inputs = models.JSONField()
    answer = models.JSONField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        """Lists go by customer, newest first; risks and levels are in range."""

        indexes = (models.Index(fields=("customer", "-id"), name="investing_advice_by_customer"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(risk__lte=100, level__gte=1, level__lte=10, total_minor__gt=0),
                name="investing_advice_is_in_range",
            ),
        )

    def __str__(self) -> str:
        """Write whose it is."""
        return f"advice {self.id} to {self.customer_id}"


class Quote(models.Model):
    """What a change of a portfolio costs, at prices that are held for a while."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("identity.Customer", on_delete=models.PROTECT, related_name="+")
    wallet_id = models.UUIDField()
    advice = models.ForeignKey(Advice, on_delete=models.PROTECT, null=True, related_name="+")
    mode = models.CharField(max_length=20, choices=TradeMode.choices)
    plan = models.JSONField()
    """Trades, sums and what was held when they were worked out."""
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, related_name="+")
    """What it became; a quote becomes one order at most."""

    class Meta:
        """An order comes from one quote."""

        constraints = (
            models.UniqueConstraint(fields=("order",), name="investing_order_of_one_quote"),
        )

    def __str__(self) -> str:
        """Write whose it is."""
        return f"quote {self.id} for {self.customer_id}"


class Activity(models.Model):
    """One thing that happened in a portfolio; what is held is computed from them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("identity.Customer", on_delete=models.PROTECT, related_name="+")
    outside = models.ForeignKey(
        OutsideAccount, on_delete=models.PROTECT, null=True, related_name="+"
    )
    """None: at this house, and in the ledger."""
    kind = models.CharField(max_length=20, choices=ActivityKind.choices)
    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, null=True, related_name="+"
    )
    quantity = models.DecimalField(max_digits=39, decimal_places=0, default=0)
    """Minor units of the instrument; of a split what is held after it."""
    price = models.DecimalField(max_digits=28, decimal_places=10, null=True)
    """Major units of the instrument's currency for one share."""
    rate = models.DecimalField(max_digits=28, decimal_places=14, default=1)
    """Major units of the portfolio's currency for one of the instrument's currency."""
    cash_minor = models.DecimalField(max_digits=39, decimal_places=0, default=0)
    """What was paid or received, without fees, in the portfolio's currency."""
    currency = models.CharField(max_length=40)
    """Code and scale of the portfolio's currency then."""
    numerator = models.PositiveIntegerField(null=True)
    denominator = models.PositiveIntegerField(null=True)
    method = models.CharField(max_length=20, choices=LotMethod.choices, blank=True)
    """Of a sale: which purchases it sells."""
    lots = models.JSONField(default=list)
    """Of a sale by the specific method: pairs of an activity's identifier and a quantity."""
    at = models.DateTimeField()
    price_row = models.ForeignKey(
        "instruments.Price", on_delete=models.PROTECT, null=True, related_name="+"
    )
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, related_name="+")
    action = models.ForeignKey(
        CorporateAction, on_delete=models.PROTECT, null=True, related_name="+"
    )
    digest = models.BinaryField(null=True)
    """Of the line of a broker's list, so that it is taken once."""

    class Meta:
        """A portfolio is read by customer, in the order in which things happened."""

        indexes = (
            models.Index(fields=("customer", "at", "id"), name="investing_activity_by_customer"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("outside", "digest"),
                name="investing_line_is_taken_once",
                condition=Q(outside__isnull=False),
            ),
            models.UniqueConstraint(
                fields=("customer", "action"),
                name="investing_action_is_done_once",
                condition=Q(action__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0, cash_minor__gte=0, rate__gt=0),
                name="investing_activity_is_not_negative",
            ),
        )

    def __str__(self) -> str:
        """Write what it is."""
        return f"{self.kind} {self.id}"
