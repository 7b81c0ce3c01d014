"""What crosses the ledger's border: accounts, transfers, outcomes. Frozen, and free of Django.

What exists once per transfer is a named tuple, since a frozen dataclass takes three times as long to make.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NewType
from uuid import UUID

from fondaco.money import Asset, Money

if TYPE_CHECKING:
    from fondaco.audit.types import AuditEntry
    from fondaco.kit.django.events import EventRow
    from fondaco.kit.django.idempotency import Answer, Key

AccountId = NewType("AccountId", int)
"""Small and internal; on the wire an account is its code."""
TransferId = NewType("TransferId", UUID)

TRANSFER_PREFIX: Final = "tr"
NO_ACCOUNT: Final = AccountId(0)
"""What a capture or a void leaves in both accounts: they are the hold's."""
NO_METADATA: Final[Mapping[str, Any]] = MappingProxyType({})


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

    @property
    def is_debit_normal(self) -> bool:
        """Tell whether a debit raises the balance of such an account."""
        return self in _DEBIT_NORMAL


_DEBIT_NORMAL: Final = frozenset({AccountKind.ASSET, AccountKind.EXPENSE})


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
    """How a transfer ended. After the successes, the order is the order of precedence."""

    POSTED = "posted"
    """The money moved (POST and CAPTURE)."""
    PENDING = "pending"
    """The money is held (HOLD)."""
    VOIDED = "voided"
    """The hold is released (VOID)."""
    EXISTS = "exists"
    """The same id with the same content succeeded before: a replay, which counts as success."""
    EXISTS_DIFFERENT = "exists_different"
    """The id is taken by a transfer of another content."""
    ALREADY_REJECTED = "already_rejected"
    """The same id with the same content was refused before; ``Outcome.original`` says why."""
    ID_OUT_OF_WINDOW = "id_out_of_window"
    """The id is no UUID of version 7, or is dated more than 24 hours away from now."""
    LINKED_FAILED = "linked_failed"
    """Another transfer of the same group was refused."""
    AMOUNT_NOT_POSITIVE = "amount_not_positive"
    """The amount is zero or negative (a capture may say zero: all of it)."""
    PENDING_NOT_FOUND = "pending_not_found"
    """No hold has that id, or the accounts named are not the hold's."""
    ACCOUNT_NOT_FOUND = "account_not_found"
    """One of the two accounts does not exist."""
    ACCOUNT_CLOSED = "account_closed"
    """One of the two accounts is closed."""
    ACCOUNT_FROZEN = "account_frozen"
    """One of the two accounts is frozen; a void still passes."""
    ACCOUNTS_EQUAL = "accounts_equal"
    """Both sides are the same account."""
    ASSET_MISMATCH = "asset_mismatch"
    """The two accounts count different assets."""
    PENDING_ALREADY_POSTED = "pending_already_posted"
    """The hold was captured before."""
    PENDING_ALREADY_VOIDED = "pending_already_voided"
    """The hold was released before."""
    PENDING_EXPIRED = "pending_expired"
    """The hold ran out."""
    EXCEEDS_PENDING = "exceeds_pending"
    """The capture asks for more than was held, or the void for another amount than all of it."""
    INSUFFICIENT_FUNDS = "insufficient_funds"
    """The available balance of one account would fall below its floor."""
    LIMIT_EXCEEDED = "limit_exceeded"
    """A usage claim that came along would pass its maximum."""
    OVERFLOW = "overflow"
    """A total would have more than 39 digits."""


SUCCESSES: Final = frozenset({Result.POSTED, Result.PENDING, Result.VOIDED, Result.EXISTS})
"""The results that say: the books hold what was asked for."""


class Transfer(NamedTuple):
    """Ask for one movement from the debit account to the credit account; written with keywords.

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
    metadata: Mapping[str, Any] = NO_METADATA


class Outcome(NamedTuple):
    """Tell how one transfer ended, with what the accounts hold after it."""

    id: TransferId
    result: Result
    amount: int
    """Minor units: what moved or is held; for a refusal what was asked for."""
    debit_available: int
    """Available minor units of the debit account after the transfer, on its normal side; 0 if unknown."""
    credit_available: int
    at: datetime
    """When it was decided first: a replay carries the original instant."""
    original: Result | None = None
    """For ``already_rejected``: the refusal that is replayed."""

    @property
    def is_done(self) -> bool:
        """Tell whether the money moved or is held (now, or when the same was asked before)."""
        return self.result in SUCCESSES

    @property
    def reason(self) -> Result:
        """Give the result that counts: for a replayed refusal the first one."""
        return self.original or self.result


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
    times: int = 1
    """Like the amount, negative where something is given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Companions:
    """What is written with a submitted group of transfers, in the same transaction.

    The two functions get the group's outcomes and must be pure and quick: they run in the poster's thread,
    and again when the batch has to be written again.
    """

    usage: Sequence[UsageClaim] = ()
    """Counted once when all transfers succeed; a submission with claims succeeds or fails whole."""
    key: "Key | None" = None
    answer: "Callable[[Sequence[Outcome]], Answer] | None" = None
    """What is stored under the key, and replayed for it; a key demands it."""
    records: "Callable[[Sequence[Outcome]], tuple[Sequence[EventRow], Sequence[AuditEntry]]] | None" = None
    """The events and audit entries of what happened, refusals included."""


NO_COMPANIONS: Final = Companions()


class Submission(NamedTuple):
    """Join transfers and their companions into what one caller hands to the intake."""

    transfers: Sequence[Transfer]
    companions: Companions = NO_COMPANIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class LateSubmission:
    """Say how transfers are made from something that the poster looks up, for all callers of a batch at once.

    A caller who looks it up himself waits twice, once for that and once for the commit; in a busy process
    each wait costs more than the look-up.
    """

    find: "Callable[[Sequence[Any]], Sequence[Any]]"
    """Answers what many callers ask, in their order, with one query outside the batch's transaction."""
    ask: Any
    prepare: "Callable[[Any], Submission | Exception]"
    """Makes the submission from what was found, or says why there is none; quick, and does not move money."""


class Submitted(NamedTuple):
    """Give what a submission came to: outcomes in order, or the stored answer when its key was known."""

    outcomes: Sequence[Outcome] = ()
    answer: "Answer | None" = None
    """What is stored under the submission's key, now or before; none without a key."""
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
        net = self.credits_posted - self.debits_posted
        return Money(-net if self.kind.is_debit_normal else net, self.asset)

    @property
    def held(self) -> Money:
        """Give what open holds may still take out of the account."""
        return Money(
            self.credits_pending if self.kind.is_debit_normal else self.debits_pending,
            self.asset,
        )

    @property
    def available(self) -> Money:
        """Give the posted balance less what is held out of it."""
        return self.posted - self.held


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Show one line of an account's history: a transfer that touched it, or an attempt that was refused."""

    transfer_id: TransferId
    account_id: AccountId
    """The account whose history this is."""
    debit: AccountId
    credit: AccountId
    amount: int
    """Minor units, never signed: the account lost or gained it, see ``is_debit``."""
    kind: str
    step: Step
    result: Result
    version: int | None
    """The account's version after it; none for a refused attempt."""
    balance_after: int | None
    """Posted minor units on the account's normal side after it; none for a refused attempt."""
    hold_id: TransferId | None
    group_id: TransferId | None
    reference: UUID | None
    memo: str
    metadata: Mapping[str, Any]
    at: datetime

    @property
    def is_debit(self) -> bool:
        """Tell whether the account asked for is the one that is debited."""
        return self.account_id == self.debit

    @property
    def is_done(self) -> bool:
        """Tell whether the books hold it."""
        return self.result in SUCCESSES


class HoldState(StrEnum):
    """Where a hold stands."""

    OPEN = "open"
    """The money is reserved."""
    CAPTURED = "captured"
    """All or a part was posted, the rest released."""
    VOIDED = "voided"
    """All of it was released by a caller."""
    EXPIRED = "expired"
    """All of it was released since its time ran out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Describe money that a HOLD has reserved."""

    id: TransferId
    debit: AccountId
    credit: AccountId
    amount: int
    expires_at: datetime | None
    state: HoldState
    ended_by: TransferId | None
    """The capture or void that ended it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedTransfer:
    """Show a transfer as the books hold it, with both accounts' versions and balances after it."""

    id: TransferId
    debit: AccountId
    credit: AccountId
    amount: int
    kind: str
    step: Step
    result: Result
    debit_version: int
    credit_version: int
    debit_balance: int
    """Posted minor units on the account's normal side after it."""
    credit_balance: int
    group_id: TransferId | None
    hold_id: TransferId | None
    expires_at: datetime | None
    reference: UUID | None
    memo: str
    metadata: Mapping[str, Any]
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Choose entries of a history; what is not set chooses all."""

    kinds: Sequence[str] = ()
    steps: Sequence[Step] = ()
    counterparties: Sequence[AccountId] = ()
    since: datetime | None = None
    """At this instant or later."""
    until: datetime | None = None
    """Before this instant."""
    succeeded: bool | None = None
    amount_min: int | None = None
    amount_max: int | None = None
    reference: UUID | None = None
    text: str = ""
    """A part of the memo, whatever its case."""
