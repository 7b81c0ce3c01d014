"""What an exchange would be, from memory: no query where the board is fresh."""

from fondaco.kit.errors import InvalidField
from fondaco.market.arithmetic import get_for, spend_for
from fondaco.market.queries.rates import get_rate
from fondaco.market.types import NO_TERMS, Calculation, Terms
from fondaco.money import Asset, Money


def calculate(
    *,
    pair: str,
    amount_to_get: Money | None = None,
    amount_to_spend: Money | None = None,
    terms: Terms = NO_TERMS,
) -> Calculation:
    """Compute the other amount and the fee; exactly one amount is given.

    ``amount_to_spend`` is all that the customer pays, fee included.

    :raises InvalidField: both amounts or none, another currency's, or not positive
    :raises AmountTooSmall: it rounds to zero in one of the currencies
    :raises ExchangeTooLarge: it comes to more than any account can hold
    :raises PairNotFound: there is no such pair
    :raises PairDisabled: it is switched off
    :raises PairSuspended: it is stopped
    :raises RateUnavailable: there is no price now
    """
    if (amount_to_get is None) == (amount_to_spend is None):
        raise InvalidField(
            "Send exactly one of amount_to_get and amount_to_spend.", field="amount_to_get"
        )
    rate = get_rate(pair=pair)
    if amount_to_get is not None:
        _check(amount_to_get, rate.get, "amount_to_get")
        return spend_for(rate=rate, to_get=amount_to_get, terms=terms)
    assert amount_to_spend is not None
    _check(amount_to_spend, rate.spend, "amount_to_spend")
    return get_for(rate=rate, to_spend=amount_to_spend, terms=terms)


def _check(amount: Money, asset: Asset, field: str) -> None:
    if amount.asset != asset:
        raise InvalidField(f"The amount is in {asset.code}.", field=field)
    if not amount.is_positive:
        raise InvalidField("An amount is greater than zero.", field=field)
