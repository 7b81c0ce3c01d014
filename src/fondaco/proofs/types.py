"""What crosses the border of proofs: seals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from fondaco.proofs.merkle import Sibling
from fondaco.proofs.signatures import Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Describe one block of the chain."""

    number: int
    sealed_at: datetime
    counts: Mapping[str, int]
    """How many rows of each source it closes; those of none are left out."""
    root: bytes
    previous: bytes
    hash: bytes
    signature: Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Tell what one run of sealing did."""

    blocks: int
    rows: int
    missing: int = 0
    """Transfers that the accounts' versions count and no block closes; below zero: closed and gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionProof:
    """Show that a row stands in a block: what anybody needs to compute the block's root from its line."""

    key: UUID
    line: bytes
    index: int
    """The place of the row in its block, from zero."""
    size: int
    """How many rows the block has."""
    path: Sequence[Sibling]
    seal: Seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Tell what a verification looked at; without a difference all of it agrees."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """Accounts, legs, blocks and rows, by name."""
    totals: Mapping[str, int] = field(default_factory=dict)
    """What was moved in all, by asset code, in minor units."""
    difference: str | None = None


@dataclass(frozen=True, slots=True)
class PublishedSeal:
    """Name a block's hash as it was published outside."""

    number: int
    hash: bytes
