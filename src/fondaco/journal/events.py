"""What happens in the journal, in the past tense."""

from dataclasses import dataclass

from fondaco.kit.django.events import HOUSE, DomainEvent, event


@event("journal.batch.posted", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPosted(DomainEvent):
    """Say that somebody posted transfers over the books' own API, all in one call."""

    first: str
    last: str
    transfers: int
    refused: int

    @property
    def subject(self) -> str:
        """Give the first transfer's wire identifier."""
        return self.first
