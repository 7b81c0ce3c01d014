"""What crosses the border of wallets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NewType
from uuid import UUID

from fondaco.identity.types import Registered, SignedIn
from fondaco.kit.django.idempotency import Answer, Key
from fondaco.kit.errors import DomainError
from fondaco.kit.ids import encode
from fondaco.ledger.types import AccountId, TransferId
from fondaco.money import Money
from fondaco.wallets.states import RequestState, WalletState

WalletId = NewType("WalletId", UUID)
RequestId = NewType("RequestId", UUID)

WALLET: Final = "wal"
"""Wallets begin with ``wal_`` on the wire."""
TRANSFER: Final = "tr"
"""Charges, top-ups, refunds: every transfer begins with ``tr_``."""
CUSTOMER: Final = "cus"
"""Customers begin with ``cus_``."""
REQUEST: Final = "prq"
"""Payment requests begin with ``prq_``."""

SUMMARY_MAX: Final = 140
"""Characters of a summary."""
BATCH_MAX: Final = 1_000
"""Charges in one batch."""


class TransferKind(StrEnum):
    """The kinds of transfer that wallets make."""

    TOP_UP = "wallets.top_up"
    """Money comes in from outside."""
    CASH_OUT = "wallets.cash_out"
    """Money goes out, confirmed by an operator."""
    CHARGE = "wallets.charge"
    """A merchant takes money from a wallet whose token he holds."""
    REFUND = "wallets.refund"
    """A merchant gives back what he took."""
    MOVEMENT = "wallets.internal_movement"
    """A customer sends money to another customer."""
    FEE = "wallets.fee"
    """What the house takes for one of the others."""


class ChargeState(StrEnum):
    """Where a charge stands; computed from the ledger, stored nowhere."""

    POSTED = "posted"
    """The money moved."""
    AUTHORISED = "authorised"
    """The money is held, to be captured, voided or left to expire."""
    CAPTURED = "captured"
    """All or a part of what was held has moved; the rest is released."""
    VOIDED = "voided"
    """What was held is released."""
    EXPIRED = "expired"
    """What was held is released, since nobody captured it in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Tell what a wallet, or all wallets of a customer, hold in one currency."""

    total: Money
    reserved: Money
    """Held for charges and orders that are not finished."""

    @property
    def available(self) -> Money:
        """Give what may still be spent."""
        return self.total - self.reserved


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """Describe a wallet as its owner sees it."""

    id: WalletId
    customer_id: UUID
    label: str
    token: str = field(repr=False)
    """A capability to charge the wallet: only for its owner's eyes."""
    state: WalletState
    card_last_four: str
    card_bank: str
    created_at: datetime
    balances: Sequence[Balance]

    @property
    def wire_id(self) -> str:
        """Give the identifier as the API shows it."""
        return encode(WALLET, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedUp:
    """Give the new customer, his user, his first wallet and his first session."""

    registered: Registered
    wallet: Wallet
    session: SignedIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Give all that a charge needs to know about the wallet that it is to take from: one row."""

    wallet_id: WalletId
    customer_id: UUID
    account_id: AccountId | None
    """None: the wallet holds nothing in this currency yet."""
    blocked: bool
    """The owner blocked this merchant."""
    day_max: int | None
    """Minor units that this merchant may take in one day, where the owner set a cap in this currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """Give the account of a merchant in one currency."""

    wallet_id: WalletId
    account_id: AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding:
    """Ask to bring money into a wallet."""

    wallet_id: WalletId
    amount: Money
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeAsk:
    """Ask to take money from the wallet with this token."""

    token: str = field(repr=False)
    amount: Money
    summary: str = ""
    capture: bool = True
    """False: only hold it, to be captured later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Tell how a charge, capture, void or refund came out, for the merchant."""

    id: TransferId
    """The charge's own identifier; captures, voids and refunds name it too."""
    state: ChargeState
    amount: Money
    """What moved or is held; of a refund what was given back."""
    payer_wallet_id: WalletId
    payee_wallet_id: WalletId
    balance: Money
    """What the merchant's wallet has available afterwards."""
    at: datetime
    transfer_id: TransferId
    """The transfer that did it: the charge itself, or its capture, void or refund."""
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToppedUp:
    """Tell how a top-up came out."""

    transfer_id: TransferId
    wallet_id: WalletId
    amount: Money
    balance: Money
    """What the wallet has available afterwards."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Once:
    """Name a request that has one effect, and say how the answer is written that commits with it."""

    key: Key
    done: Callable[[Any], Answer]
    """Write a `Charge` or `ToppedUp`."""
    refused: Callable[[DomainError], Answer]
    """Write a refusal."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Give the answer that is stored under the caller's key."""

    answer: Answer
    replayed: bool
    """True: this very request was answered before, and nothing was done now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Name who shall get or pay money: by exactly one of three."""

    email: str | None = None
    phone: str | None = None
    wallet: str | None = field(default=None, repr=False)
    """A wallet's token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementAsk:
    """Ask to send money to another customer."""

    wallet_id: WalletId
    """Where it comes from."""
    recipient: Recipient
    amount: Money
    comment: str = ""
    callback_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CashOutAsk:
    """Ask to be paid out by an operator."""

    wallet_id: WalletId
    amount: Money
    destination: str
    """Where the operator shall pay, in the customer's words: a bank account, a counter."""
    comment: str = ""
    callback_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAsk:
    """Ask another customer for money."""

    wallet_id: WalletId
    """Where the money shall go."""
    payer: Recipient
    amount: Money
    summary: str = ""
    valid_for_s: int = 7 * 86_400
    """How long the payer may take to answer (seconds)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Say why an operator moves a customer's money, and what proves it."""

    reason: str
    evidence: str
    """A bank's reference, a receipt's number, a ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequest:
    """Describe a request for money."""

    id: RequestId
    wallet_id: WalletId
    """Where the money shall go."""
    asker_id: UUID
    payer_id: UUID
    amount: Money
    summary: str
    state: RequestState
    order_id: UUID | None
    """The internal movement that paid it."""
    created_at: datetime
    expires_at: datetime

    @property
    def wire_id(self) -> str:
        """Give the identifier as the API shows it."""
        return encode(REQUEST, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Describe what the owner of a wallet allows one merchant to charge."""

    merchant_id: UUID
    day_max: Money | None
    blocked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Tell one line of a wallet's history, a success or a refused attempt."""

    transfer_id: TransferId
    kind: str
    step: str
    wallet_id: WalletId
    """Whose history this is."""
    source: WalletId | None
    """Where the money came from; none: from outside."""
    target: WalletId | None
    """Where it went; none: out of the house."""
    summary: str
    amount: Money
    incoming: bool
    success: bool
    refusal: str | None
    """The code that the caller was told; none for a success."""
    balance: Money | None
    """What the wallet held afterwards; none for an attempt."""
    counterparty_id: UUID | None
    """The customer on the other side; none: outside."""
    reference: UUID | None
    order_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationFilter:
    """Narrow a history; an absent member narrows nothing."""

    kind: str | None = None
    currency: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    counterparty: str | None = None
    """A ``wal_…`` or ``cus_…`` identifier."""
    success: bool | None = None
    amount_min: Money | None = None
    amount_max: Money | None = None
    text: str | None = None
    """Part of the summary, in any case."""
