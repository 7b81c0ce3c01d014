"""What a move of money means for expense statistics. Later domains add their kinds at start."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fondaco.investing.types import TransferKind as InvestingKind
from fondaco.wallets.types import TransferKind


class Meaning(StrEnum):
    """What a customer did when money moved; what has no meaning here counts in neither sum."""

    PURCHASE = "purchase"
    """Paid for something."""
    SELL = "sell"
    """Was paid for something."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Say what a kind of transfer means on one side of it."""

    meaning: Meaning
    takes_back: bool = False
    """True: it lowers the sum, as a refund does."""


_readings: Final[dict[tuple[str, bool], Reading]] = {
    (TransferKind.CHARGE.value, True): Reading(Meaning.PURCHASE),
    (TransferKind.CHARGE.value, False): Reading(Meaning.SELL),
    (TransferKind.REFUND.value, True): Reading(Meaning.SELL, takes_back=True),
    (TransferKind.REFUND.value, False): Reading(Meaning.PURCHASE, takes_back=True),
    (InvestingKind.PURCHASE.value, True): Reading(Meaning.PURCHASE),
    (InvestingKind.SALE.value, False): Reading(Meaning.SELL),
}
"""By kind, and whether the customer's account is debited."""


def declare_meaning(kind: str, *, paid: Reading | None, received: Reading | None) -> None:
    """Say what a kind of transfer means to the one who pays and to the one who receives."""
    for is_debit, reading in ((True, paid), (False, received)):
        if reading is not None:
            _readings[kind, is_debit] = reading


def find_reading(kind: str, *, is_debit: bool) -> Reading | None:
    """Give what a kind means on one side; none: it counts in neither sum."""
    return _readings.get((kind, is_debit))
