"""What investing refuses.

DomainError
├── NothingToTrade       CurrencyDiffers      NoCash           SumTooSmall
├── AdviceExpired        AdviceUnavailable    NoTarget
├── QuoteExpired         QuoteUsed            QuoteOutdated    LotsDiffer
└── ActivitiesUnreadable AlreadyDeclared
"""

from fondaco.kit.errors import DomainError, Kind


class NothingToTrade(DomainError):
    """Say that the portfolio is already as it is wanted."""

    code = "nothing_to_trade"
    kind = Kind.CONFLICT
    title = "The portfolio is as you want it already."


class CurrencyDiffers(DomainError):
    """Say that a portfolio is kept in one currency, and this is another."""

    code = "portfolio_currency_differs"
    kind = Kind.CONFLICT
    title = "Your portfolio is kept in another currency."


class AdviceExpired(DomainError):
    """Say that the advice is too old to follow; nothing was traded."""

    code = "advice_expired"
    kind = Kind.CONFLICT
    title = "The advice has expired. Ask for another."


class AdviceUnavailable(DomainError):
    """Say that there are too few assets with prices, or the mathematics found no portfolio."""

    code = "advice_unavailable"
    kind = Kind.CONFLICT
    title = "No advice can be given now."


class NoCash(DomainError):
    """Say that no sum is named and no wallet holds anything."""

    code = "no_cash"
    kind = Kind.CONFLICT
    title = "None of your wallets holds money, and you named no sum."


class SumTooSmall(DomainError):
    """Say that the sum buys nothing at these prices."""

    code = "sum_too_small"
    kind = Kind.CONFLICT
    title = "The sum buys nothing at these prices."


class QuoteExpired(DomainError):
    """Say that the prices of the quote are not held any more; nothing was traded."""

    code = "portfolio_quote_expired"
    kind = Kind.CONFLICT
    title = "The quote has expired. Ask for another."


class QuoteUsed(DomainError):
    """Say that the quote became an order before."""

    code = "portfolio_quote_used"
    kind = Kind.CONFLICT
    title = "The quote was used before."


class QuoteOutdated(DomainError):
    """Say that the portfolio has changed since it was quoted; nothing was traded."""

    code = "portfolio_quote_outdated"
    kind = Kind.CONFLICT
    title = "Your portfolio has changed since the quote. Ask for another."


class LotsDiffer(DomainError):
    """Say that the purchases that are named do not add up to what is sold."""

    code = "lots_differ"
    kind = Kind.CONFLICT
    title = "The lots that you name are not what is sold."


class ActivitiesUnreadable(DomainError):
    """Say that a line of a broker's list is wrong."""

    code = "activities_unreadable"
    kind = Kind.INVALID
    title = "The list cannot be read; nothing was imported."


class AlreadyDeclared(DomainError):
    """Say that the dividend or split of this day is known already."""

    code = "already_declared"
    kind = Kind.CONFLICT
    title = "This is known for this day already."


class NoTarget(DomainError):
    """Say that there is no accepted advice to which the portfolio could be brought back."""

    code = "no_target"
    kind = Kind.CONFLICT
    title = "You have followed no advice yet."
