"""What wallets refuse, and how the ledger's result words become refusals.

DomainError
├── InsufficientFunds       WalletFrozen            WalletClosed
├── MerchantBlocked         OwnWallet               WalletRequired          TopUpDisabled
├── HoldEnded               ExceedsHold             ExceedsCharge           NotCaptured
├── WalletLimitReached      WalletNotEmpty          UnknownCurrency         UnknownRecipient
└── RequestOverdue          AmountTooLarge          MovementRefused
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from fondaco.kit.errors import DomainError, Kind
from fondaco.ledger.types import Outcome, Result
from fondaco.policies.errors import LimitExceeded
from fondaco.wallets.types import TransferKind


class InsufficientFunds(DomainError):
    """Say that the wallet has less available than asked for."""

    code = "insufficient_funds"
    kind = Kind.CONFLICT
    title = "The wallet does not hold enough."


class MerchantBlocked(DomainError):
    """Say that the owner of the wallet lets this merchant take nothing."""

    code = "merchant_blocked"
    kind = Kind.CONFLICT
    title = "The owner of the wallet has blocked you."


class WalletFrozen(DomainError):
    """Say that one of the wallets is frozen."""

    code = "wallet_frozen"
    kind = Kind.CONFLICT
    title = "The wallet is frozen."


class WalletClosed(DomainError):
    """Say that one of the wallets is closed."""

    code = "wallet_closed"
    kind = Kind.CONFLICT
    title = "The wallet is closed."


class OwnWallet(DomainError):
    """Say that source and target may not belong together: a charge of oneself, a movement to itself."""

    code = "own_wallet"
    kind = Kind.CONFLICT
    title = "You cannot do this with your own wallet."


class WalletRequired(DomainError):
    """Say that the customer needs an open wallet first."""

    code = "wallet_required"
    kind = Kind.CONFLICT
    title = "You need to create a wallet first."


class TopUpDisabled(DomainError):
    """Say that customers of this house do not top up by themselves; an operator does it."""

    code = "top_up_disabled"
    kind = Kind.FORBIDDEN
    title = "Wallets are not topped up by their owners here."


class HoldEnded(DomainError):
    """Say that nothing is held any more: captured, voided or expired before."""

    code = "hold_ended"
    kind = Kind.CONFLICT
    title = "Nothing is held for this charge any more."


class ExceedsHold(DomainError):
    """Say that a capture asks for more than is held."""

    code = "exceeds_hold"
    kind = Kind.CONFLICT
    title = "That is more than is held."


class ExceedsCharge(DomainError):
    """Say that refunds together would give back more than was taken."""

    code = "exceeds_charge"
    kind = Kind.CONFLICT
    title = "That is more than was taken and not yet given back."


class NotCaptured(DomainError):
    """Say that nothing was taken yet, so nothing can be given back."""

    code = "not_captured"
    kind = Kind.CONFLICT
    title = "Nothing was taken, so nothing can be given back."


class WalletLimitReached(DomainError):
    """Say that the customer holds as many wallets as he may."""

    code = "wallet_limit_reached"
    kind = Kind.CONFLICT
    title = "You hold as many wallets as you may."


class WalletNotEmpty(DomainError):
    """Say that a wallet with money, held money included, cannot be closed."""

    code = "wallet_not_empty"
    kind = Kind.CONFLICT
    title = "The wallet is not empty."


class UnknownCurrency(DomainError):
    """Say that the house does not know the currency."""

    code = "unknown_currency"
    kind = Kind.INVALID
    title = "There is no such currency here."


class UnknownRecipient(DomainError):
    """Say that nobody with that address, number or token can get money."""

    code = "unknown_recipient"
    kind = Kind.CONFLICT
    title = "Nobody with that address can get money here."


class RequestOverdue(DomainError):
    """Say that the time to answer a payment request has passed."""

    code = "request_overdue"
    kind = Kind.CONFLICT
    title = "The time to answer this request has passed."


class AmountTooLarge(DomainError):
    """Say that the books cannot count that much."""

    code = "amount_too_large"
    kind = Kind.CONFLICT
    title = "The amount is larger than any account can hold."


class MovementRefused(DomainError):
    """Say that the books refused for a reason that no request should be able to cause; nothing moved."""

    code = "movement_refused"
    kind = Kind.CONFLICT
    title = "The movement was refused; nothing has moved."


_ERRORS: Final[Mapping[Result, type[DomainError]]] = {
    Result.INSUFFICIENT_FUNDS: InsufficientFunds,
    Result.LINKED_FAILED: InsufficientFunds,  # the fee alone stands behind it, and funds alone stop a fee
    Result.LIMIT_EXCEEDED: LimitExceeded,
    Result.ACCOUNT_FROZEN: WalletFrozen,
    Result.ACCOUNT_CLOSED: WalletClosed,
    Result.ACCOUNTS_EQUAL: OwnWallet,
    Result.PENDING_ALREADY_POSTED: HoldEnded,
    Result.PENDING_ALREADY_VOIDED: HoldEnded,
    Result.PENDING_EXPIRED: HoldEnded,
    Result.PENDING_NOT_FOUND: HoldEnded,
    Result.EXCEEDS_PENDING: ExceedsHold,
    Result.OVERFLOW: AmountTooLarge,
}
_ERRORS_OF_KINDS: Final[Mapping[tuple[str, Result], type[DomainError]]] = {
    (TransferKind.REFUND, Result.LIMIT_EXCEEDED): ExceedsCharge,
}
"""Where a result word means something else for one kind of transfer."""
BLOCKED: Final[Mapping[str, Any]] = MappingProxyType({"blocked": True})
"""What the metadata of a charge hold when the wallet's owner has blocked the merchant."""


def refusal_of(outcome: Outcome) -> DomainError:
    """Give the refusal that an unsuccessful outcome means to a customer."""
    return refusal_for(outcome.reason)


def refusal_for(
    result: Result, *, kind: str = "", metadata: Mapping[str, Any] | None = None
) -> DomainError:
    """Give the refusal that a result word means, for a kind of transfer where it has a meaning of its own.

    It is ``movement_refused`` for words that only a defect causes. The answer and the history both come from
    here, so that one fact has one word.

    :param metadata: of the transfer; tells a charge that its owner's block refused from one over his cap
    """
    if result is Result.LIMIT_EXCEEDED and metadata and BLOCKED.items() <= metadata.items():
        return MerchantBlocked()
    error = _ERRORS_OF_KINDS.get((kind, result)) or _ERRORS.get(result)
    return error() if error is not None else MovementRefused(facts={"result": result.value})


def refusal_named(code: str) -> DomainError:
    """Give the refusal with a stable code, as an order in the state ``error`` carries it."""
    named = {error.code: error for error in _ERRORS.values()}
    return named[code]() if code in named else MovementRefused()
