"""What the market refuses.

DomainError
├── PairNotFound          404
├── PairDisabled          409
├── PairSuspended         409   a guard or an operator stopped it
├── RateUnavailable       503   no source is fresh enough
├── AmountTooSmall        422   rounds to zero in one of the currencies
├── ExchangeTooLarge      422   no account can hold what it comes to
├── FormulaRefused        422   what a formula may not be
├── QuoteExpired          409
├── QuoteUsed             409
├── CurrencyDiffers       409   the code is taken with another scale
├── PairExists            409
└── SourceExists          409
"""

from fondaco.kit.errors import DomainError, Kind, NotFound


class PairNotFound(NotFound):
    """Say that the house does not trade these two currencies for each other."""

    code = "pair_not_found"
    title = "There is no such pair."


class PairDisabled(DomainError):
    """Say that the pair, or one of its currencies, is switched off."""

    code = "pair_disabled"
    kind = Kind.CONFLICT
    title = "This pair is switched off."


class PairSuspended(DomainError):
    """Say that the pair is stopped until an operator has looked at it."""

    code = "pair_suspended"
    kind = Kind.CONFLICT
    title = "This pair is suspended for the moment."


class RateUnavailable(DomainError):
    """Say that there is no price that could be answered for now."""

    code = "rate_unavailable"
    kind = Kind.UNAVAILABLE
    title = "There is no current price; try again in a moment."


class AmountTooSmall(DomainError):
    """Say that the amount is worth less than the smallest unit of one of the two currencies."""

    code = "amount_too_small"
    kind = Kind.INVALID
    title = "The amount is too small to be exchanged."


class ExchangeTooLarge(DomainError):
    """Say that the amount comes to more than any account can hold."""

    code = "exchange_too_large"
    kind = Kind.INVALID
    title = "The amount is too large to be exchanged."


class FormulaRefused(DomainError):
    """Say that a text is no price formula."""

    code = "formula_refused"
    kind = Kind.INVALID
    title = "This is not a price formula."


class QuoteExpired(DomainError):
    """Say that the quote is over; ask for another one."""

    code = "quote_expired"
    kind = Kind.CONFLICT
    title = "The quote has expired."


class QuoteUsed(DomainError):
    """Say that an order was made from the quote already."""

    code = "quote_used"
    kind = Kind.CONFLICT
    title = "The quote has been used already."


class CurrencyDiffers(DomainError):
    """Say that something of the currency cannot change any more."""

    code = "currency_differs"
    kind = Kind.CONFLICT
    title = "This currency exists with other properties."


class PairExists(DomainError):
    """Say that the two currencies are a pair already, in this direction or the other."""

    code = "pair_exists"
    kind = Kind.CONFLICT
    title = "These two currencies are a pair already."


class SourceExists(DomainError):
    """Say that a source of this code is there."""

    code = "source_exists"
    kind = Kind.CONFLICT
    title = "There is a source of this code."
