"""The closed lists of the market."""

from django.db.models import TextChoices


class CurrencyKind(TextChoices):
    """What a currency is."""

    FIAT = "fiat"
    CRYPTO = "crypto"
    """The coin of its own chain."""
    TOKEN = "token"  # noqa: S105 - no password: the word of the field for a coin on another's chain
    """Lives on another coin's chain: it has a network and a contract."""


class CurrencyUse(TextChoices):
    """What a currency may be used for."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    EXCHANGE = "exchange"
    PURCHASE = "purchase"
    MOVEMENT = "movement"
    INVOICE = "invoice"


class SourceKind(TextChoices):
    """Where prices come from."""

    MANUAL = "manual"
    """Typed in by an operator."""
    KRAKEN = "kraken"
    BINANCE = "binance"
    HTX = "htx"
    ECB = "ecb"
    """Reference rates of the European Central Bank, from a file."""


POLLED = frozenset({SourceKind.KRAKEN, SourceKind.BINANCE, SourceKind.HTX})
"""Kinds that a job asks each second."""


class PriceMode(TextChoices):
    """How a pair gets its price."""

    STATIC = "static"
    FORMULA = "formula"
    SOURCES = "sources"
    """The median of what its sources say about one symbol."""


class CandleStep(TextChoices):
    """How much time one candle spans."""

    MINUTE = "1m"
    HOUR = "1h"
    DAY = "1d"
