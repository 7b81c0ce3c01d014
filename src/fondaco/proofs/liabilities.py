"""What crosses the border of proofs of liabilities, and who tells whose an account is."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NewType
from uuid import UUID

from fondaco.ledger.types import AccountId
from fondaco.money import Money
from fondaco.proofs.liabilities_tree import Node

ReportId = NewType("ReportId", UUID)

REPORT_PREFIX: Final = "prf"
CUSTOMER_PREFIX: Final = "cus"

Owners = Callable[[], Iterable[tuple[AccountId, UUID]]]
"""Gives ledger accounts and the customers whose they are."""

_sources: dict[str, Owners] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """Show what is published for one asset."""

    hash: bytes
    total: Money
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Show a proof of liabilities."""

    id: ReportId
    at: datetime
    roots: Sequence[Root]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Show one leaf with everything that leads from it to the root."""

    number: int
    amount: int
    """Minor units."""
    salt: bytes
    position: int
    siblings: Sequence[Node]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inclusion:
    """Prove that one account's balance is in the sum."""

    account: str
    amount: Money
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnProof:
    """Prove to one customer that all that he has is in the sums."""

    report: Report
    customer_id: UUID
    inclusions: Sequence[Inclusion]


def register_owners(domain: str, owners: Owners) -> None:
    """Let a domain above tell whose its accounts are; doing so again replaces what it said."""
    _sources[domain] = owners


def find_owners() -> dict[AccountId, UUID]:
    """Give the customers of all accounts that any domain holds for customers."""
    return {account: customer for owners in _sources.values() for account, customer in owners()}
