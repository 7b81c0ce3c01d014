"""What happens to wallets, in the past tense. No event carries a token."""

from dataclasses import dataclass

from fondaco.kit.django.events import DomainEvent, event
from fondaco.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletEvent(DomainEvent):
    """What happened to one wallet; declared below under its own name."""

    wallet: str
    customer: str
    """Whose wallet it is."""

    @property
    def subject(self) -> str:
        """Give the wallet's wire identifier."""
        return self.wallet


@event("wallets.wallet.opened", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class WalletOpened(WalletEvent):
    """A customer got a wallet."""

    label: str


@event("wallets.wallet.renamed", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class WalletRenamed(WalletEvent):
    """A wallet got another label."""

    label: str


@event("wallets.wallet.frozen", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class WalletFrozen(WalletEvent):
    """Every movement of the wallet is refused from now on."""


@event("wallets.wallet.unfrozen", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class WalletUnfrozen(WalletEvent):
    """A frozen wallet moves money again."""


@event("wallets.wallet.blocked", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class WalletBlocked(WalletEvent):
    """The house refuses every movement of the wallet from now on."""


@event("wallets.wallet.unblocked", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class WalletUnblocked(WalletEvent):
    """A blocked wallet moves money again."""


@event("wallets.wallet.closed", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class WalletClosed(WalletEvent):
    """An empty wallet went out of use for ever."""


@event("wallets.token.rotated", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRotated(WalletEvent):
    """The wallet has a new token and the old one opens nothing."""


@event("wallets.currency.opened", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyOpened(WalletEvent):
    """The wallet can hold a further currency."""

    currency: str


@event("wallets.card.changed", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class CardChanged(WalletEvent):
    """The funding card was set or removed (last four digits empty)."""

    last_four: str


@event("wallets.rule.changed", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChanged(WalletEvent):
    """The owner capped, blocked or freed a merchant."""

    merchant: str
    day_max: Money | None
    blocked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyEvent(DomainEvent):
    """What a transfer between the house and one wallet, or between two wallets, came to."""

    transfer: str
    amount: Money
    summary: str

    @property
    def subject(self) -> str:
        """Give the transfer's wire identifier."""
        return self.transfer


@event("wallets.top_up.posted", version=1, concerns=("wallet",))
@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpPosted(MoneyEvent):
    """Money came into a wallet."""

    wallet: str
    balance: Money


@event("wallets.top_up.refused", version=1, concerns=("wallet",))
@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpRefused(MoneyEvent):
    """A top-up was refused, and nothing moved."""

    wallet: str
    refusal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeEvent(MoneyEvent):
    """What a charge came to; ``transfer`` is the charge's own identifier."""

    payer_wallet: str
    payee_wallet: str


@event("wallets.charge.posted", version=1, concerns=("payer_wallet", "payee_wallet"))
@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePosted(ChargeEvent):
    """A merchant took money."""


@event("wallets.charge.authorised", version=1, concerns=("payer_wallet", "payee_wallet"))
@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeAuthorised(ChargeEvent):
    """Money is held for a merchant."""


@event("wallets.charge.captured", version=1, concerns=("payer_wallet", "payee_wallet"))
@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeCaptured(ChargeEvent):
    """A merchant took all or a part of what was held; the rest is released."""


@event("wallets.charge.voided", version=1, concerns=("payer_wallet", "payee_wallet"))
@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeVoided(ChargeEvent):
    """What was held is released by the merchant."""


@event("wallets.charge.expired", version=1, concerns=("payer_wallet", "payee_wallet"))
@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeExpired(ChargeEvent):
    """What was held is released, since nobody captured it in time."""


@event("wallets.charge.refunded", version=1, concerns=("payer_wallet", "payee_wallet"))
@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRefunded(ChargeEvent):
    """A merchant gave all or a part of a charge back."""

    refund: str
    """The transfer that gives back."""


@event("wallets.charge.refused", version=1, concerns=("payer_wallet", "payee_wallet"))
@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRefused(ChargeEvent):
    """A charge, capture, void or refund was refused, and nothing moved."""

    attempt: str
    """What was attempted: charge, capture, void or refund."""
    refusal: str


@event("wallets.movement.posted", version=1, concerns=("source_wallet", "target_wallet"))
@dataclass(frozen=True, slots=True, kw_only=True)
class MovementPosted(MoneyEvent):
    """A customer sent money to another."""

    order: str
    source_wallet: str
    target_wallet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEvent(DomainEvent):
    """What happened to one payment request."""

    request: str
    asker: str
    payer: str
    amount: Money

    @property
    def subject(self) -> str:
        """Give the request's wire identifier."""
        return self.request


@event("wallets.request.asked", version=1, concerns=("asker", "payer"))
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAsked(RequestEvent):
    """A customer asked another for money."""


@event("wallets.request.accepted", version=1, concerns=("asker", "payer"))
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAccepted(RequestEvent):
    """The payer paid."""

    order: str


@event("wallets.request.declined", version=1, concerns=("asker", "payer"))
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDeclined(RequestEvent):
    """The payer refused."""


@event("wallets.request.withdrawn", version=1, concerns=("asker", "payer"))
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestWithdrawn(RequestEvent):
    """The one who asked took the request back."""


@event("wallets.request.expired", version=1, concerns=("asker", "payer"))
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestExpired(RequestEvent):
    """Nobody answered in time."""
