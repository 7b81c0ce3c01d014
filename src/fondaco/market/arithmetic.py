"""Amounts from prices: what the customer pays is rounded up, what he gets is rounded down.

All in integers: a price is a fraction, and one division ends each computation.
"""

from decimal import Context, Decimal
from typing import Final

from fondaco.market.errors import AmountTooSmall, ExchangeTooLarge
from fondaco.market.types import Calculation, Rate, Terms
from fondaco.money import Asset, InvalidAmount, Money, Rounding, divide

_BPS: Final = 10_000
_SHOWN: Final = Context(prec=20)
_TRIES: Final = 4
"""After so many tries what is in doubt is the fee's share to the power of four, of the amount."""


def spend_for(*, rate: Rate, to_get: Money, terms: Terms) -> Calculation:
    """Compute what an amount costs.

    :raises AmountTooSmall: it is worth less than the smallest unit that can be paid
    """
    net = _crossed(rate, to_get, rate.spend, terms, Rounding.UP)
    if not _crossed(rate, to_get, rate.spend, terms, Rounding.DOWN).is_positive:
        raise AmountTooSmall(field="amount_to_get")
    fee = terms.fee_for(net)
    return Calculation(rate=rate, to_get=to_get, to_spend=_sum(net, fee), net=net, fee=fee)


def get_for(*, rate: Rate, to_spend: Money, terms: Terms) -> Calculation:
    """Compute what is got for an amount, out of which the fee is paid.

    :raises AmountTooSmall: nothing is left after the fee, or too little to get anything for
    """
    net = _net_of(to_spend, terms)
    if not net.is_positive:
        raise AmountTooSmall(field="amount_to_spend")
    to_get = _crossed(rate, net, rate.get, terms, Rounding.DOWN)
    if not to_get.is_positive:
        raise AmountTooSmall(field="amount_to_spend")
    return Calculation(rate=rate, to_get=to_get, to_spend=to_spend, net=net, fee=to_spend - net)


def _net_of(total: Money, terms: Terms) -> Money:
    """Give the largest amount that, with its own fee, is not more than the total; zero where none is.

    A fee never falls when its amount rises. So ``total - fee(n)`` lies beyond the answer from ``n``: trying
    closes in on it from both sides, and what is left between them is halved.
    """
    low, high, net = 0, total.minor, total.minor
    for _ in range(_TRIES):
        following = total.minor - _fee(net, total.asset, terms)
        low, high = (
            (max(low, net), min(high, following))
            if following >= net
            else (max(low, following), min(high, net - 1))
        )
        net = max(following, 0)
    while low < high:
        middle = (low + high + 1) // 2
        if middle + _fee(middle, total.asset, terms) <= total.minor:
            low = middle
        else:
            high = middle - 1
    return Money(low, total.asset)


def _fee(minor: int, asset: Asset, terms: Terms) -> int:
    return terms.fee_for(Money(minor, asset)).minor


def _crossed(rate: Rate, amount: Money, to: Asset, terms: Terms, rounding: Rounding) -> Money:
    """Give an amount of one side in the other, at the price with the customer's own markup."""
    top, bottom = _marked(rate, terms)
    unit, unit_to = amount.asset.unit, to.unit
    if amount.asset.code == rate.base:
        numerator, denominator = amount.minor * top * unit_to, bottom * unit
    else:
        numerator, denominator = amount.minor * bottom * unit_to, top * unit
    return _money(divide(numerator, denominator, rounding=rounding), to)


def _marked(rate: Rate, terms: Terms) -> tuple[int, int]:
    top, bottom = rate.base_price.as_integer_ratio()
    markup = terms.price_markup_bps if rate.buys_base else -terms.price_markup_bps
    return top * (_BPS + markup), bottom * _BPS


def _sum(net: Money, fee: Money) -> Money:
    try:
        return net + fee
    except InvalidAmount:
        raise ExchangeTooLarge(field="amount_to_get") from None


def _money(minor: int, asset: Asset) -> Money:
    try:
        return Money(minor, asset)
    except InvalidAmount:
        raise ExchangeTooLarge(field="amount") from None


def reciprocal(price: Decimal) -> Decimal:
    """Give one divided by a price, rounded to 20 digits for showing."""
    return _SHOWN.divide(Decimal(1), price).normalize()
