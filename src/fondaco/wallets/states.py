"""The states of a wallet and of a payment request, and their tables of moves."""

from typing import Final

from django.db.models import TextChoices

from fondaco.kit.lifecycle import Lifecycle


class WalletState(TextChoices):
    """What a wallet can do."""

    OPEN = "open"
    """Money comes and goes."""
    FROZEN = "frozen"
    """Its owner stopped it: every movement is refused until he unfreezes it."""
    BLOCKED = "blocked"
    """The house stopped it: every movement is refused until an operator unblocks it."""
    CLOSED = "closed"
    """Empty, and out of use for ever; its history stays."""


WALLET_LIFE: Final = Lifecycle(
    {
        WalletState.OPEN: {WalletState.FROZEN, WalletState.BLOCKED, WalletState.CLOSED},
        WalletState.FROZEN: {WalletState.OPEN, WalletState.BLOCKED},
        WalletState.BLOCKED: {WalletState.OPEN},
        WalletState.CLOSED: set(),
    }
)


class RequestState(TextChoices):
    """Where a payment request stands."""

    ASKED = "asked"
    """The payer has not answered yet."""
    ACCEPTED = "accepted"
    """The payer paid it."""
    DECLINED = "declined"
    """The payer refused."""
    WITHDRAWN = "withdrawn"
    """The one who asked took it back."""
    EXPIRED = "expired"
    """Nobody answered in time."""


REQUEST_LIFE: Final = Lifecycle(
    {
        RequestState.ASKED: {
            RequestState.ACCEPTED,
            RequestState.DECLINED,
            RequestState.WITHDRAWN,
            RequestState.EXPIRED,
        },
        RequestState.ACCEPTED: set(),
        RequestState.DECLINED: set(),
        RequestState.WITHDRAWN: set(),
        RequestState.EXPIRED: set(),
    }
)
