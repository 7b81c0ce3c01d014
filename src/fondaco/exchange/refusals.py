"""What the exchange refuses.

DomainError
├── QuoteMismatch       the body says something else than the quote
├── NoVenue             nobody sells that to the house now
├── PriceMoved          the price went past what the customer takes
└── CloseRefused        an operator cannot end the order so
"""

from fondaco.kit.errors import DomainError, Kind


class QuoteMismatch(DomainError):
    """Say that a quote is named together with other terms than its own."""

    code = "quote_mismatch"
    kind = Kind.INVALID
    title = "The quote is about something else."


class NoVenue(DomainError):
    """Say that the house can buy the currency nowhere, and does not sell its own."""

    code = "no_venue"
    kind = Kind.CONFLICT
    title = "This currency cannot be bought here at the moment."


class PriceMoved(DomainError):
    """Say that the house's price is worse than the limit that came with the order."""

    code = "price_moved"
    kind = Kind.CONFLICT
    title = "The price is worse than your limit now."


class CloseRefused(DomainError):
    """Say that the order's state, or the books, do not allow to end it in this way."""

    code = "close_refused"
    kind = Kind.CONFLICT
    title = "The order cannot be ended like this."
