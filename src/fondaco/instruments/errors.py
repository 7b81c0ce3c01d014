"""What instruments refuse.

DomainError
├── UnknownInstrument    InstrumentDiffers    NotTradable
└── PriceMissing         PriceStale           RateMissing      PricesUnreadable
"""

from fondaco.kit.errors import DomainError, Kind


class UnknownInstrument(DomainError):
    """Say that the house knows no such thing."""

    code = "unknown_instrument"
    kind = Kind.INVALID
    title = "There is no such asset here."


class InstrumentDiffers(DomainError):
    """Say that the code is taken by an instrument of another currency or kind."""

    code = "instrument_differs"
    kind = Kind.CONFLICT
    title = "An asset of this symbol is of another kind or priced in another currency."


class NotTradable(DomainError):
    """Say that this is a figure to compare with, which nobody can hold."""

    code = "not_tradable"
    kind = Kind.CONFLICT
    title = "This can be looked at and not be bought."


class PriceMissing(DomainError):
    """Say that nobody has told a price."""

    code = "price_missing"
    kind = Kind.CONFLICT
    title = "There is no price for this asset yet."


class PriceStale(DomainError):
    """Say that the latest price is too old to trade at."""

    code = "price_stale"
    kind = Kind.CONFLICT
    title = "The latest price of this asset is too old to trade at."


class RateMissing(DomainError):
    """Say that nobody has told what a currency costs in another."""

    code = "reference_rate_missing"
    kind = Kind.CONFLICT
    title = "There is no reference rate between these currencies."


class PricesUnreadable(DomainError):
    """Say that a line of an import of prices is wrong."""

    code = "prices_unreadable"
    kind = Kind.INVALID
    title = "The prices cannot be read; nothing was imported."
