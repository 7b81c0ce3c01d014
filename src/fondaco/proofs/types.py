"""What crosses the border of proofs: seals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from fondaco.proofs.merkle import Sibling
from fondaco.proofs.signatures import Signature


@dataclass(frozen=True, slots=True)
class SealedPart:
    """Tell how many rows of a source a block closes, and their Merkle root."""

    count: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Describe one block of the chain."""

    number: int
    sealed_at: datetime
    parts: Mapping[str, "SealedPart"]
    """What it closes of each source; those of nothing are left out."""
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
    """Show that a row stands in a block: what anybody needs to compute the part's root from its line."""

    key: UUID
    line: bytes
    index: int
    """The place of the row in its part, from zero."""
    size: int
    """How many rows the part has."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedVerification:
    """Describe a verification that somebody asked for."""

    id: UUID
    asked_by: str
    asked_at: datetime
    done_at: datetime | None
    """None: a worker has not done it yet."""
    difference: str | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedArchive:
    """Describe an archive of evidence that somebody asked for."""

    id: UUID
    since: datetime
    until: datetime
    asked_by: str
    asked_at: datetime
    done_at: datetime | None
    """None: a worker has not made it yet."""
    file_id: UUID | None
    sha256: bytes | None
    problem: str | None
    """The code of why it could not be made."""
