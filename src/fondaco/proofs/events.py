"""What happens to proofs, in the past tense."""

from dataclasses import dataclass
from datetime import datetime

from fondaco.kit.django.events import HOUSE, DomainEvent, event


@event("proofs.liabilities.published", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class LiabilitiesPublished(DomainEvent):
    """The house committed itself to what it owes to its customers."""

    report: str
    roots: dict[str, str]
    """The root's hash in hexadecimal digits, by asset."""

    @property
    def subject(self) -> str:
        """Give the report's wire identifier."""
        return self.report


@event("proofs.block.sealed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSealed(DomainEvent):
    """What was posted and done is closed by a block; whoever keeps the hash can prove it later."""

    number: int
    sealed_at: datetime
    rows: int
    roots: dict[str, str]
    """By source; hexadecimal digits, as all hashes here."""
    previous: str
    hash: str
    key_id: str
    signature: str
    """Ed25519 over the hash's bytes, in hexadecimal digits."""

    @property
    def subject(self) -> str:
        """Give the chain's name for the block."""
        return f"block_{self.number}"
