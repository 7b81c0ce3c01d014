"""The words of instruments; they have no life cycle."""

from django.db.models import TextChoices


class InstrumentKind(TextChoices):
    """What an instrument is."""

    SHARE = "share"
    """A part of a company."""
    FUND = "fund"
    """A part of a fund that is traded on an exchange."""
    CRYPTO = "crypto"
    """A coin, held as an instrument and not as a currency."""
    INDEX = "index"
    """A figure to compare with; nobody can buy it."""
    CURRENCY = "currency"
    """What one euro costs in another currency; nobody can buy it here."""


TRADABLE = frozenset({InstrumentKind.SHARE, InstrumentKind.FUND, InstrumentKind.CRYPTO})
"""The kinds that customers can hold."""
