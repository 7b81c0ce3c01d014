"""What happens to instruments, in the past tense."""

from dataclasses import dataclass

from fondaco.kit.django.events import HOUSE, DomainEvent, event


@event("instruments.instrument.declared", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentDeclared(DomainEvent):
    """The house began to price something."""

    symbol: str
    name: str
    currency: str

    @property
    def subject(self) -> str:
        """Give the symbol."""
        return self.symbol


@event("instruments.prices.imported", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class PricesImported(DomainEvent):
    """Prices came in."""

    source: str
    written: int

    @property
    def subject(self) -> str:
        """Give the source."""
        return self.source
