"""Tables of the exchange. Headers of orders are those of ``orders``; all money is the ledger's."""

from django.db import models
from django.db.models import F, Q

from fondaco.exchange.states import LIVE, AtAge, BatchState, Cover, CoverState, Flavour
from fondaco.kit.django.models import StateChange
from fondaco.kit.ids import encode, uuid7


class Desk(models.Model):
    """How the house trades one pair; a pair without a row is traded by the options alone."""

    pair = models.CharField(max_length=70, unique=True)
    """As the market stores it, base first, such as ``BTC_USD``; the desk trades both directions."""
    symbol = models.CharField(max_length=70, blank=True)
    """What it is called at venues, ``BTC/USDT``; empty: the pair's own two currencies."""
    cover = models.CharField(max_length=12, choices=Cover.choices, default=Cover.IMMEDIATE)
    venues = models.JSONField(default=list)
    """Labels of the provider accounts that may be used; empty: all."""
    threshold_minor = models.DecimalField(max_digits=39, decimal_places=0, null=True)
    """Totals from here on are covered alone (minor units of the quote currency); none: the option's."""
    age_max_s = models.PositiveIntegerField(null=True)
    """A batch is closed at this age at the latest (seconds); none: the option's."""
    at_age = models.CharField(max_length=8, choices=AtAge.choices, default=AtAge.TOP_UP)
    slip_bps = models.PositiveIntegerField(null=True)
    """How much worse than the venue's price a covering order may be filled; none: the option's."""
    net_at_minor = models.DecimalField(max_digits=39, decimal_places=0, null=True)
    """Netted positions are covered from here on (minor units of the base currency)."""
    position_max_minor = models.DecimalField(max_digits=39, decimal_places=0, null=True)
    """The pair is suspended when the base currency's position passes this, either way; none: never."""
    updated_at = models.DateTimeField()

    class Meta:
        """A limit of nothing would stop the pair for ever."""

        constraints = (
            models.CheckConstraint(
                condition=Q(position_max_minor__isnull=True) | Q(position_max_minor__gt=0),
                name="exchange_a_position_limit_is_positive",
            ),
        )

    def __str__(self) -> str:
        """Show the pair."""
        return f"desk of {self.pair}"


class Batch(models.Model):
    """Orders that are covered together by one covering order; a large order is a batch of its own."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(max_length=24, choices=BatchState.choices, default=BatchState.COVERING)
    symbol = models.CharField(max_length=70)
    base = models.CharField(max_length=40)
    """Code and scale of what is bought or sold at the venue, such as ``BTC/8``."""
    quote = models.CharField(max_length=40)
    """Code and scale of what the venue is paid in."""
    base_minor = models.DecimalField(max_digits=39, decimal_places=0)
    """What the orders sum to; below zero: the house sells."""
    orders_count = models.PositiveIntegerField()
    closed_by = models.CharField(max_length=20)
    """Why it was closed: large, threshold, age, position, operator."""
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """Workers look for what is not finished."""

        indexes = (
            models.Index(
                fields=["id"],
                name="exchange_batches_at_work",
                condition=Q(state__in=[BatchState.COVERING, BatchState.WAITING_FOR_OPERATOR]),
            ),
        )

    def __str__(self) -> str:
        """Show the wire identifier and where it stands."""
        return f"{encode('bat', self.id)} {self.state}"


class BatchStep(StateChange):
    """One move of a batch; never changed."""

    subject = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="steps")


class ExchangeOrder(models.Model):
    """What is special to an order that exchanges; its header tells state, customer, amount and fee."""

    order = models.OneToOneField(
        "orders.Order", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    flavour = models.CharField(max_length=10, choices=Flavour.choices)
    pair = models.CharField(max_length=70)
    wallet = models.ForeignKey("wallets.Wallet", on_delete=models.PROTECT, related_name="+")
    spend = models.CharField(max_length=40)
    """Code and scale of what the customer pays with."""
    get = models.CharField(max_length=40)
    spend_minor = models.DecimalField(max_digits=39, decimal_places=0)
    """What he pays, without the fee."""
    fee_minor = models.DecimalField(max_digits=39, decimal_places=0)
    get_minor = models.DecimalField(max_digits=39, decimal_places=0)
    price = models.CharField(max_length=80)
    """Spent units for one unit that he gets, as he was told."""
    sources = models.JSONField(default=list)
    """Where the price came from, and when."""
    priced_at = models.DateTimeField()
    quote_id = models.UUIDField(null=True)
    limit_price = models.CharField(max_length=80, blank=True)
    """The worst price that the customer takes; empty: none was named."""
    fixed = models.CharField(max_length=5, default="get")
    """Which of the two amounts the customer named: get or spend."""
    expires_at = models.DateTimeField(null=True)
    """When a limit order ends by itself."""
    spend_account = models.BigIntegerField()
    get_account = models.BigIntegerField()
    hold_id = models.UUIDField(null=True)
    """The ledger's hold of the total; none: the money moved at once."""
    symbol = models.CharField(max_length=70, blank=True)
    """Where the house covers it; empty: nowhere."""
    base_minor = models.DecimalField(max_digits=39, decimal_places=0, default=0)
    """What the house has to buy for it at the venue; below zero: to sell."""
    cover = models.CharField(max_length=12, choices=Cover.choices)
    queued_at = models.DateTimeField(null=True)
    """Since when it waits to be covered; none: it does not, or is in a batch."""
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="orders")
    """Set once when it is closed, so that no order is ever in two."""

    class Meta:
        """The open batch of a symbol is what waits there; amounts are never nothing."""

        indexes = (
            models.Index(
                fields=["symbol", "queued_at"],
                name="exchange_orders_that_wait",
                condition=Q(queued_at__isnull=False),
            ),
            models.Index(fields=["batch"], name="exchange_orders_of_a_batch"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(spend_minor__gt=0, get_minor__gt=0, fee_minor__gte=0),
                name="exchange_amounts_are_positive",
            ),
            models.CheckConstraint(
                condition=Q(queued_at__isnull=True) | Q(batch__isnull=True),
                name="exchange_an_order_waits_or_is_in_a_batch",
            ),
            models.CheckConstraint(
                condition=~Q(spend=F("get")), name="exchange_two_currencies_differ"
            ),
        )

    def __str__(self) -> str:
        """Show the wire identifier and the pair."""
        return f"{encode('ord', self.order_id)} {self.flavour} {self.pair}"


class CoveringOrder(models.Model):
    """One order of the house at a venue."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    """The venue knows it as our client order id; it is stored before anything is sent."""
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="covers")
    state = models.CharField(max_length=8, choices=CoverState.choices, default=CoverState.PLANNED)
    account_id = models.UUIDField()
    """The provider account that it goes through."""
    venue = models.CharField(max_length=80)
    """Label of the account; its money is on ``providers:<label>:<currency>``."""
    symbol = models.CharField(max_length=70)
    side = models.CharField(max_length=4)
    amount = models.DecimalField(max_digits=56, decimal_places=24)
    """Units of the base currency, a whole number of the venue's steps."""
    price = models.DecimalField(max_digits=56, decimal_places=24)
    """The worst price at which it may be filled."""
    reason = models.JSONField()
    """Why this venue: what each one asked, with fees, balances, health and priority."""
    venue_id = models.CharField(max_length=80, blank=True)
    base_minor = models.DecimalField(max_digits=39, decimal_places=0, default=0)
    """What was filled, in the books' minor units."""
    cost_minor = models.DecimalField(max_digits=39, decimal_places=0, default=0)
    """What it cost or brought in the quote currency, without fees."""
    looks = models.PositiveIntegerField(default=0)
    """How often it was looked up."""
    look_at = models.DateTimeField(null=True)
    """When it is looked up next; none: it is finished or was never sent."""
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """One live covering order per batch, whatever races there are."""

        constraints = (
            models.UniqueConstraint(
                fields=["batch"],
                name="exchange_one_live_covering_order_per_batch",
                condition=Q(state__in=sorted(LIVE)),
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, price__gt=0), name="exchange_covers_are_of_something"
            ),
        )
        indexes = (
            models.Index(
                fields=["look_at"],
                name="exchange_covers_to_look_up",
                condition=Q(look_at__isnull=False),
            ),
            models.Index(fields=["state", "-id"], name="exchange_covers_in_a_state"),
        )

    def __str__(self) -> str:
        """Show the wire identifier and where it stands."""
        return f"{encode('cov', self.id)} {self.state}"


class CoveringStep(StateChange):
    """One move of a covering order; never changed."""

    subject = models.ForeignKey(CoveringOrder, on_delete=models.PROTECT, related_name="steps")


class Fill(models.Model):
    """One trade that a venue made for a covering order, booked once."""

    cover = models.ForeignKey(CoveringOrder, on_delete=models.PROTECT, related_name="fills")
    account_id = models.UUIDField()
    trade_id = models.CharField(max_length=80)
    amount = models.DecimalField(max_digits=56, decimal_places=24)
    price = models.DecimalField(max_digits=56, decimal_places=24)
    cost = models.DecimalField(max_digits=56, decimal_places=24)
    fee = models.DecimalField(max_digits=56, decimal_places=24)
    fee_currency = models.CharField(max_length=34, blank=True)
    at = models.DateTimeField()

    class Meta:
        """A trade is booked once, whoever downloads it how often."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "trade_id"], name="exchange_a_trade_is_booked_once"
            ),
        )

    def __str__(self) -> str:
        """Show the venue's own name of the trade."""
        return f"trade {self.trade_id}"


class Share(models.Model):
    """What of a batch's fills belongs to one order, or to the house."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="shares")
    order = models.ForeignKey(
        ExchangeOrder, on_delete=models.PROTECT, null=True, related_name="shares"
    )
    """None: the house's own, which is the lot remainder and the odd units."""
    base_minor = models.DecimalField(max_digits=39, decimal_places=0)
    cost_minor = models.DecimalField(max_digits=39, decimal_places=0)
    """In minor units of the batch's quote currency; below zero: proceeds."""
    fee_minor = models.DecimalField(max_digits=39, decimal_places=0)
    """The venue's fees, valued in the quote currency."""
    profit_minor = models.DecimalField(max_digits=39, decimal_places=0, null=True)
    """What the house gained by the order before its own fee, in the quote currency; none: not known."""
    at = models.DateTimeField()

    class Meta:
        """One share for each order, and one for the house."""

        constraints = (
            models.UniqueConstraint(
                fields=["batch", "order"], name="exchange_one_share_per_order", nulls_distinct=False
            ),
        )
        indexes = (models.Index(fields=["at"], name="exchange_shares_by_time"),)

    def __str__(self) -> str:
        """Show whose it is."""
        owner = encode("ord", self.order_id) if self.order_id else "the house"
        return f"share of {owner}"


class Balance(models.Model):
    """What a venue stated last in one currency, so that only news is recorded and told."""

    venue = models.CharField(max_length=80)
    asset = models.CharField(max_length=40)
    minor = models.DecimalField(max_digits=39, decimal_places=0)
    at = models.DateTimeField()

    class Meta:
        """One row per venue and currency."""

        constraints = (
            models.UniqueConstraint(
                fields=["venue", "asset"], name="exchange_one_balance_per_venue_and_currency"
            ),
        )

    def __str__(self) -> str:
        """Show where and what."""
        return f"{self.asset} at {self.venue}"
