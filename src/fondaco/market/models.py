"""Tables of the market. Prices are numeric with places enough for any price that is taken."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least

from fondaco.kit.ids import encode, uuid7
from fondaco.market.states import CandleStep, CurrencyKind, CurrencyUse, PriceMode, SourceKind
from fondaco.market.types import QUOTE_PREFIX


def _price(**options: Any) -> "models.DecimalField[Any, Any]":
    """Give a column of a price: up to 20 digits that count, from 10⁻¹⁸ to 10¹⁸."""
    return models.DecimalField(max_digits=60, decimal_places=38, **options)


def _minor() -> "models.DecimalField[Any, Any]":
    """Give a column of minor units."""
    return models.DecimalField(max_digits=39, decimal_places=0)


class Currency(models.Model):
    """Hold what the house knows of a currency beyond its scale, which is the ledger's."""

    code = models.CharField(max_length=33, unique=True)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=CurrencyKind.choices)
    network = models.CharField(max_length=20, blank=True)
    contract = models.CharField(max_length=100, blank=True)
    scale = models.PositiveSmallIntegerField()
    uses = ArrayField(
        models.CharField(max_length=20, choices=CurrencyUse.choices), default=list, blank=True
    )
    is_enabled = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        """A token lives somewhere, and nothing else does."""

        constraints = (
            models.CheckConstraint(
                condition=Q(kind=CurrencyKind.TOKEN) & ~Q(network="")
                | ~Q(kind=CurrencyKind.TOKEN) & Q(network="", contract=""),
                name="market_tokens_alone_have_a_network",
            ),
            models.CheckConstraint(
                condition=Q(scale__lte=18), name="market_currency_has_at_most_18_places"
            ),
        )

    def __str__(self) -> str:
        """Write ``CODE/scale``."""
        return f"{self.code}/{self.scale}"


class Source(models.Model):
    """Hold where prices come from."""

    code = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=10, choices=SourceKind.choices)
    label = models.CharField(max_length=60, blank=True)
    base_url = models.CharField(max_length=200, blank=True)
    """Empty: the venue's own address."""
    is_enabled = models.BooleanField(default=True)
    max_age_s = models.PositiveIntegerField()
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        """Write its code."""
        return self.code


class Reading(models.Model):
    """Hold the latest prices of one source; overwritten with each poll."""

    source = models.OneToOneField(Source, on_delete=models.CASCADE, primary_key=True)
    prices = models.JSONField(default=dict)
    """``{"BTC/USDT": ["60000.1", "60000.2"]}``: bid and ask, of the symbols that pairs need."""
    at = models.DateTimeField(null=True)
    """When the source knew them; none before it has told any."""
    asked_at = models.DateTimeField()
    error = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        """Write whose it is and of when."""
        return f"{self.source_id} {self.at}"


class Pair(models.Model):
    """Hold two currencies that are traded for each other; the other direction is derived."""

    name = models.CharField(max_length=70, unique=True)
    """``BASE_QUOTE``: get the base currency, spend the quote currency."""
    base = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+")
    quote = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+")
    mode = models.CharField(max_length=10, choices=PriceMode.choices)
    static_price = _price(null=True)
    formula = models.CharField(max_length=500, blank=True)
    sources = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    symbol = models.CharField(max_length=41, blank=True)
    markup_bps = models.IntegerField(default=0)
    deviation_bps_max = models.PositiveIntegerField()
    jump_bps_max = models.PositiveIntegerField()
    quote_lifetime_s = models.PositiveIntegerField()
    is_enabled = models.BooleanField(default=True)
    suspended_at = models.DateTimeField(null=True)
    suspended_reason = models.CharField(max_length=300, blank=True)
    last_bid = _price(null=True)
    """The prices that were published last; the guard against jumps begins at them."""
    last_ask = _price(null=True)
    last_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        """Two currencies are a pair once; a guard's figures make sense."""

        constraints = (
            models.UniqueConstraint(
                Least("base", "quote"),
                Greatest("base", "quote"),
                name="market_two_currencies_are_a_pair_once",
            ),
            models.CheckConstraint(
                condition=~Q(base=F("quote")), name="market_pair_has_two_currencies"
            ),
            models.CheckConstraint(
                condition=Q(static_price__isnull=True) | Q(static_price__gt=0),
                name="market_static_price_is_positive",
            ),
            models.CheckConstraint(
                condition=Q(markup_bps__gt=-10_000, markup_bps__lt=10_000),
                name="market_markup_leaves_a_price",
            ),
            models.CheckConstraint(
                condition=Q(suspended_at__isnull=True, suspended_reason="")
                | Q(suspended_at__isnull=False) & ~Q(suspended_reason=""),
                name="market_suspension_has_a_reason",
            ),
        )

    def __str__(self) -> str:
        """Write its name."""
        return self.name


class Tick(models.Model):
    """Hold one published price of a pair."""

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="ticks", db_index=False)
    at = models.DateTimeField()
    bid = _price()
    ask = _price()

    class Meta:
        """Candles are made from a time of one pair."""

        indexes = (models.Index(fields=["pair", "at"], name="market_ticks_of_a_pair"),)

    def __str__(self) -> str:
        """Write the price."""
        return f"{self.bid} {self.ask} {self.at}"


class Candle(models.Model):
    """Hold what became of the ticks of one minute, hour or day; middle prices."""

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="+", db_index=False)
    step = models.CharField(max_length=2, choices=CandleStep.choices)
    begins_at = models.DateTimeField()
    open = _price()
    high = _price()
    low = _price()
    close = _price()
    ticks = models.PositiveIntegerField()

    class Meta:
        """One candle for each time."""

        constraints = (
            models.UniqueConstraint(
                fields=["pair", "step", "begins_at"], name="market_one_candle_for_a_time"
            ),
            models.CheckConstraint(
                condition=Q(low__gt=0, low__lte=F("open"), high__gte=F("open"))
                & Q(low__lte=F("close"), high__gte=F("close")),
                name="market_candle_encloses_its_prices",
            ),
        )

    def __str__(self) -> str:
        """Write what it spans."""
        return f"{self.step} {self.begins_at}"


class Quote(models.Model):
    """Hold a promise to one customer."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("identity.Customer", on_delete=models.PROTECT, related_name="+")
    pair = models.CharField(max_length=70)
    """In the direction that was asked for."""
    get_asset = models.CharField(max_length=40)
    """Code and scale, such as ``BTC/8``."""
    get_minor = _minor()
    spend_asset = models.CharField(max_length=40)
    net_minor = _minor()
    fee_minor = _minor()
    price = _price()
    base_price = _price()
    sources = models.JSONField(default=list)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)

    class Meta:
        """Amounts are real; old quotes are found by their end."""

        constraints = (
            models.CheckConstraint(
                condition=Q(get_minor__gt=0, net_minor__gt=0, fee_minor__gte=0),
                name="market_quote_amounts_are_positive",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="market_quote_lasts_a_while"
            ),
        )
        indexes = (models.Index(fields=["expires_at"], name="market_quotes_by_their_end"),)

    def __str__(self) -> str:
        """Write the wire identifier."""
        return encode(QUOTE_PREFIX, self.id)


class Edition(models.Model):
    """Count the changes of currencies, pairs and sources, so that every process knows when to read anew."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        """Write the number."""
        return str(self.number)


class Nonce(models.Model):
    """Hold the last number that was sent with a venue's key."""

    digest = models.BinaryField(primary_key=True, max_length=16)
    """Of the key: it is not needed to count."""
    last = models.BigIntegerField()

    def __str__(self) -> str:
        """Write the number."""
        return str(self.last)
