"""What crosses the ledger's border: accounts, transfers, outcomes. Frozen, and free of Django."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType
from uuid import UUID

from fondaco.kit.django.events import EventRow
from fondaco.kit.django.idempotency import Answer, Key
from fondaco.audit.types import AuditEntry
from fondaco.money import Asset, Money

AccountId = NewType("AccountId", int)
"""Small and internal; on the wire an account is its code."""
TransferId = NewType("TransferId", UUID)


class AccountKind(StrEnum):
    """Which side of the books an account normally stands on."""

    ASSET = "asset"
    """What the house holds at providers, nodes and banks (normal side: debit)."""
    LIABILITY = "liability"
    """What the house owes to customers (credit)."""
    INCOME = "income"
    """What the house earned (credit)."""
    EXPENSE = "expense"
    """What the house spent (debit)."""
    EQUITY = "equity"
    """What belongs to the owners, and opening balances (credit)."""


class Step(StrEnum):
    """What a transfer does with the money."""

    POST = "post"
    """Move at once."""
    HOLD = "hold"
    """Reserve; a later CAPTURE or VOID ends it."""
    CAPTURE = "capture"
    """Post all or part of a hold; the rest is released."""
    VOID = "void"
    """Release a hold."""


class Result(StrEnum):
    """How a transfer ended; the order is the order of precedence."""
    # the owner of the ledger completes this list from the design page, a docstring under each member


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Ask for one movement from the debit account to the credit account.

    ``CAPTURE`` and ``VOID`` name ``hold_id``; their accounts are the hold's (leave both 0), and a capture's
    amount 0 means all of it.
    """

    id: TransferId
    debit: AccountId
    credit: AccountId
    amount: int
    """Minor units of the accounts' asset."""
    kind: str
    """Declared by a domain: ``wallets.charge``, ``wallets.top_up`` …"""
    step: Step = Step.POST
    hold_id: TransferId | None = None
    linked: bool = False
    """True: the next transfer of the batch belongs to the same group, which succeeds or fails whole."""
    expires_at: datetime | None = None
    reference: UUID | None = None
    """The domain's object: an order, a wallet, the transfer that is refunded."""
    memo: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Tell how one transfer ended, with what the accounts hold after it."""

    id: TransferId
    result: Result
    amount: int
    debit_available: int
    """Available minor units of the debit account after the transfer, on its normal side."""
    credit_available: int
    at: datetime

    @property
    def is_done(self) -> bool:
        """Tell whether the money moved or is held (now, or when the same was asked before)."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageClaim:
    """Count a transfer against a limit in its own transaction; too much refuses it (``limit_exceeded``)."""

    counter: str
    """What is counted, such as ``charge:wal_…:cus_…``."""
    window: str
    """The period that it is counted in, such as ``2026-11-21`` or ``2026-11``."""
    amount: int
    amount_max: int | None = None
    count_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Companions:
    """What is written with a submitted group of transfers, in the same transaction.

    The two functions get the group's outcomes and must be pure and quick: they run in the poster's thread.
    """

    usage: Sequence[UsageClaim] = ()
    key: Key | None = None
    answer: Callable[[Sequence[Outcome]], Answer] | None = None
    """What is stored under the key, and replayed for it."""
    records: Callable[[Sequence[Outcome]], tuple[Sequence[EventRow], Sequence[AuditEntry]]] | None = None
    """The events and audit entries of what happened, refusals included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """Give what a submission came to: outcomes in order, or the stored answer when its key was known."""

    outcomes: Sequence[Outcome] = ()
    answer: Answer | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Describe an account with its totals at one version."""

    id: AccountId
    code: str
    asset: Asset
    kind: AccountKind
    floor: int | None
    """The least available balance in minor units; none: it may go either way."""
    frozen: bool
    closed: bool
    debits_posted: int
    credits_posted: int
    debits_pending: int
    credits_pending: int
    version: int

    @property
    def posted(self) -> Money:
        """Give the posted balance on the normal side."""
        raise NotImplementedError

    @property
    def available(self) -> Money:
        """Give the posted balance less what is held out of it."""
        raise NotImplementedError
