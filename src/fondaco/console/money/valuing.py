"""What several currencies are worth together in one, at the prices at which the house would buy them now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from fondaco.kit.errors import DomainError
from fondaco.market import queries as market
from fondaco.market.types import MarketPair
from fondaco.money import Asset, Money

_BRIDGES: Final = ("USD", "EUR", "BTC")
"""A currency that has no price in the one that is asked for may have one by way of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Valued:
    """Say what all balances come to, and which have no price at this moment."""

    total: Money
    worth: dict[str, Money]
    """By currency."""
    unknown: Sequence[str]
    """Codes of those that are left out of the total."""


def value(amounts: Iterable[Money], *, into: Asset) -> Valued:
    """Add amounts up in one currency; each is rounded as when it is sold (towards zero)."""
    worth: dict[str, Money] = {}
    unknown: list[str] = []
    total = Money.zero(into)
    for amount in amounts:
        found = _worth(amount, into)
        if found is None:
            unknown.append(amount.asset.code)
        else:
            worth[amount.asset.code] = found
            total += found
    return Valued(total=total, worth=worth, unknown=unknown)


def currencies(held: Iterable[Asset]) -> list[Asset]:
    """Give the currencies that something can be valued in: what is held, and what is traded for money."""
    found = {one.code: one for one in held}
    for pair in market.list_pairs():
        if pair.is_enabled:
            found.setdefault(pair.quote.code, pair.quote)
    return [found[code] for code in sorted(found)]


def _worth(amount: Money, into: Asset) -> Money | None:
    if amount.asset == into or amount.minor == 0:
        return Money(amount.minor if amount.asset == into else 0, into)
    direct = _sold(amount, into)
    if direct is not None:
        return direct
    for code in _BRIDGES:
        pair = market.find_pair(name=f"{code}_{amount.asset.code}")
        if pair is None or code == into.code:
            continue
        between = _sold(amount, pair.get)
        found = None if between is None else _sold(between, into)
        if found is not None:
            return found
    return None


def _sold(amount: Money, into: Asset) -> Money | None:
    """Give what an amount would bring now; none where there is no price or it comes to nothing."""
    pair: MarketPair | None = market.find_pair(name=f"{into.code}_{amount.asset.code}")
    if pair is None:
        return None
    try:
        return market.calculate(pair=pair.name, amount_to_spend=amount).to_get
    except DomainError:
        return None
