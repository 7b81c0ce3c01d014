"""What the state machine works on: an account's position, a hold, a counter, and the line that it writes."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from fondaco.ledger.types import HoldState, Outcome, Result, Transfer
from fondaco.money.amounts import MINOR_MAX

TOTAL_MAX: Final = MINOR_MAX
"""The greatest total of an account: 39 digits."""
MOVES: Final = frozenset({Result.POSTED, Result.PENDING, Result.VOIDED})
"""The results that write a row now."""
_REPLAYS: Final = frozenset({Result.EXISTS, Result.EXISTS_DIFFERENT, Result.ALREADY_REJECTED})
_new: Final = tuple.__new__
"""What ``_make`` of a named tuple does after a call of Python's that counts the values."""
NO_FLOOR: Final = -(10**41)
"""Below anything that totals of 39 digits can sum to, so that every balance is above it."""


class Position:
    """Hold one account's totals while a batch is applied; plain slots, since each transfer touches two."""

    __slots__ = (
        "asset",
        "closed",
        "credits_pending",
        "credits_posted",
        "debit_normal",
        "debits_pending",
        "debits_posted",
        "floor",
        "frozen",
        "id",
        "revision",
        "touched_us",
        "version",
    )

    def __init__(  # noqa: PLR0913, PLR0917 - a row of the table of accounts, in its order
        self,
        id: int,  # noqa: A002 - the column's name
        asset: int,
        floor: int | None,
        version: int = 0,
        revision: int = 0,
        touched_us: int = 0,
        debits_posted: int = 0,
        credits_posted: int = 0,
        debits_pending: int = 0,
        credits_pending: int = 0,
        debit_normal: bool = False,  # noqa: FBT001, FBT002 - the row's order
        frozen: bool = False,  # noqa: FBT001, FBT002 - the row's order
        closed: bool = False,  # noqa: FBT001, FBT002 - the row's order
    ) -> None:
        """Keep what the row says."""
        self.id = id
        self.asset = asset
        self.floor = NO_FLOOR if floor is None else floor
        self.version = version
        self.revision = revision
        self.touched_us = touched_us
        self.debits_posted = debits_posted
        self.credits_posted = credits_posted
        self.debits_pending = debits_pending
        self.credits_pending = credits_pending
        self.debit_normal = debit_normal
        self.frozen = frozen
        self.closed = closed

    @property
    def balance(self) -> int:
        """Give the posted balance on the normal side."""
        net = self.credits_posted - self.debits_posted
        return -net if self.debit_normal else net

    @property
    def held(self) -> int:
        """Give what open holds may still take out."""
        return self.credits_pending if self.debit_normal else self.debits_pending

    def save(self) -> tuple[int, int, int, int, int, int]:
        """Give what a transfer may change, for :meth:`restore`."""
        return (
            self.version,
            self.touched_us,
            self.debits_posted,
            self.credits_posted,
            self.debits_pending,
            self.credits_pending,
        )

    def restore(self, saved: tuple[int, int, int, int, int, int]) -> None:
        """Go back to what :meth:`save` gave."""
        (
            self.version,
            self.touched_us,
            self.debits_posted,
            self.credits_posted,
            self.debits_pending,
            self.credits_pending,
        ) = saved


class HoldLine(NamedTuple):
    """Hold what a HOLD reserved and how it ended."""

    id: UUID
    debit: int
    credit: int
    amount: int
    expires_at: datetime | None
    state: HoldState = HoldState.OPEN
    ended_by: UUID | None = None


class Used(NamedTuple):
    """Hold what a counter has counted in its window."""

    amount: int
    times: int


class Line(NamedTuple):
    """Say how one transfer ended: a row of the ledger, or of the refused attempts."""

    transfer: Transfer
    result: Result
    debit: int
    credit: int
    amount: int
    debit_version: int
    credit_version: int
    debit_balance: int
    """Posted, on the normal side, after it; a refusal shows the balance that it met."""
    credit_balance: int
    debit_held: int
    """What open holds may take out of the debit account after it."""
    credit_held: int
    group: UUID | None
    """The first transfer of its linked group; none when it stands alone."""
    at: datetime
    original: Result | None = None

    @property
    def is_kept_refusal(self) -> bool:
        """Tell whether it is an attempt that history keeps: refused, and not a second asking of an id."""
        return self.result not in MOVES and self.result not in _REPLAYS

    def outcome(self) -> Outcome:
        """Give what the caller gets to see."""
        return _new(
            Outcome,
            (
                self.transfer.id,
                self.result,
                self.amount,
                self.debit_balance - self.debit_held,
                self.credit_balance - self.credit_held,
                self.at,
                self.original,
            ),
        )
