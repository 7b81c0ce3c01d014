"""Tables of wallets. There is no balance here, and no row per charge: both are the ledger's."""

from django.db import models
from django.db.models import Q

from fondaco.kit.django.fields import EncryptedTextField
from fondaco.kit.django.models import StateChange
from fondaco.kit.ids import encode, uuid7
from fondaco.wallets.states import RequestState, WalletState


class WalletHolder(models.Model):
    """A customer as one who holds wallets; its row is locked while wallets are counted."""

    customer = models.OneToOneField(
        "identity.Customer", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    is_merchant = models.BooleanField()
    """Companies, corporates and banks hold exactly one wallet, clients as many as the limit allows."""

    def __str__(self) -> str:
        """Show whose row it is."""
        return f"holder {encode('cus', self.customer_id)}"


class Wallet(models.Model):
    """One wallet of one customer, in any number of currencies."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    holder = models.ForeignKey(WalletHolder, on_delete=models.PROTECT, related_name="wallets")
    is_merchant = models.BooleanField()
    """The holder's, repeated so that the constraint below can say what it says."""
    label = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=10, choices=WalletState.choices, default=WalletState.OPEN)
    token_digest = models.BinaryField(max_length=32)
    """Keyed digest of the token: how a charge finds the wallet."""
    token = EncryptedTextField()
    """The token itself, which its owner may see again."""
    card_last_four = models.CharField(max_length=4, blank=True)
    card_digest = models.BinaryField(max_length=32, null=True)
    """Keyed digest of the funding card's number, which itself is stored nowhere."""
    card_bank = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        """A company's single wallet holds against every race."""

        constraints = (
            models.UniqueConstraint(fields=["token_digest"], name="wallets_token_is_unique"),
            models.UniqueConstraint(
                fields=["holder"],
                name="wallets_a_merchant_has_one_wallet",
                condition=Q(is_merchant=True) & ~Q(state=WalletState.CLOSED),
            ),
        )
        indexes = (models.Index(fields=["holder", "id"], name="wallets_of_a_holder"),)

    def __str__(self) -> str:
        """Show the wire identifier, never the token."""
        return f"{encode('wal', self.id)} {self.state}"


class WalletStep(StateChange):
    """One move of a wallet; never changed."""

    subject = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="steps")


class WalletAccount(models.Model):
    """The ledger account of a wallet in one currency."""

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="accounts")
    currency = models.CharField(max_length=34)
    """Code of the asset, such as ``USD``."""
    scale = models.PositiveSmallIntegerField()
    """Decimal places of the asset, so that a look-up needs no second table."""
    account_id = models.BigIntegerField(unique=True)
    """The ledger's number of the account ``wallets:wal_…:USD``."""

    class Meta:
        """One account per currency."""

        constraints = (
            models.UniqueConstraint(
                fields=["wallet", "currency"], name="wallets_one_account_per_currency"
            ),
        )

    def __str__(self) -> str:
        """Show the ledger's code of the account."""
        return f"wallets:{encode('wal', self.wallet_id)}:{self.currency}"


class MerchantRule(models.Model):
    """What the owner of a wallet allows one merchant to charge."""

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="rules")
    merchant = models.ForeignKey("identity.Customer", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=34, blank=True)
    """Currency of the cap; empty without one."""
    day_max_minor = models.DecimalField(max_digits=39, decimal_places=0, null=True)
    """The most that the merchant may take in one day (UTC), in minor units; none: no cap."""
    blocked_at = models.DateTimeField(null=True)
    """Since when the merchant may take nothing."""

    class Meta:
        """One rule per merchant; a cap names its currency."""

        constraints = (
            models.UniqueConstraint(
                fields=["wallet", "merchant"], name="wallets_one_rule_per_merchant"
            ),
            models.CheckConstraint(
                condition=(Q(day_max_minor__isnull=True) & Q(currency=""))
                | (Q(day_max_minor__gte=0) & ~Q(currency="")),
                name="wallets_a_cap_names_its_currency",
            ),
        )

    def __str__(self) -> str:
        """Show whom it is about."""
        return f"rule of {encode('wal', self.wallet_id)} for {encode('cus', self.merchant_id)}"


class PaymentRequest(models.Model):
    """One customer asks another for money."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="+")
    """Where the money shall go."""
    asker = models.ForeignKey("identity.Customer", on_delete=models.PROTECT, related_name="+")
    payer = models.ForeignKey("identity.Customer", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=40)
    """Code and scale, such as ``USD/2``."""
    amount_minor = models.DecimalField(max_digits=39, decimal_places=0)
    summary = models.CharField(max_length=140, blank=True)
    state = models.CharField(
        max_length=10, choices=RequestState.choices, default=RequestState.ASKED
    )
    order_id = models.UUIDField(null=True)
    """The internal movement that paid it."""
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        """Lists go by either side, newest first; the expiry job by time."""

        indexes = (
            models.Index(fields=["asker", "-id"], name="wallets_requests_asked"),
            models.Index(fields=["payer", "-id"], name="wallets_requests_to_pay"),
            models.Index(
                fields=["expires_at"],
                name="wallets_requests_to_expire",
                condition=Q(state=RequestState.ASKED),
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="wallets_request_amount_is_positive"
            ),
            models.CheckConstraint(
                condition=~Q(state=RequestState.ACCEPTED) | Q(order_id__isnull=False),
                name="wallets_accepted_requests_name_their_order",
            ),
        )

    def __str__(self) -> str:
        """Show the wire identifier and where it stands."""
        return f"{encode('prq', self.id)} {self.state}"


class RequestStep(StateChange):
    """One move of a payment request; never changed."""

    subject = models.ForeignKey(PaymentRequest, on_delete=models.PROTECT, related_name="steps")
