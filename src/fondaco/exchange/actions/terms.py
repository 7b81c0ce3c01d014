"""At what price, by which rules and from which desk an order is taken: all from memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from fondaco.exchange.queries.desks import get_desk
from fondaco.exchange.refusals import QuoteMismatch
from fondaco.exchange.states import Cover, Flavour
from fondaco.exchange.types import Ask, Desk, OrderKindName, Priced
from fondaco.kit.access import Actor
from fondaco.kit.errors import InvalidField
from fondaco.market import actions as market_actions, queries as market
from fondaco.market.types import Calculation, MarketPair, Quote, Used
from fondaco.money import Money, Rounding, divide
from fondaco.policies.queries.effective import rules_for
from fondaco.policies.types import Effective, Operation

OPERATIONS: Final[Mapping[Flavour, Operation]] = {
    Flavour.PURCHASE: Operation.PURCHASE,
    Flavour.MARKET: Operation.EXCHANGE,
    Flavour.LIMIT: Operation.EXCHANGE,
}
KINDS: Final[Mapping[Flavour, OrderKindName]] = {
    Flavour.PURCHASE: OrderKindName.PURCHASE,
    Flavour.MARKET: OrderKindName.EXCHANGE,
    Flavour.LIMIT: OrderKindName.EXCHANGE,
}


@dataclass(frozen=True, slots=True)
class CustomerTerms:
    """Say what a customer's rules add to a price, in the market's words."""

    effective: Effective

    @property
    def price_markup_bps(self) -> int:
        """Give what is added to the price (basis points)."""
        return self.effective.price_markup_bps

    def fee_for(self, amount: Money) -> Money:
        """Give the fee on top of an amount."""
        return self.effective.fee.of(amount)


def rules_of(*, flavour: Flavour, pair: MarketPair, customer_id: UUID) -> Effective:
    """Give the rules for a customer and a pair."""
    return rules_for(
        customer=customer_id,
        operation=OPERATIONS[flavour],
        currency=pair.spend.code,
        pair=pair.name,
    )


def desk_of(pair: MarketPair, *, rules: Effective | None = None) -> Desk:
    """Give the desk of a pair, in either direction; a rule's word on buying back beats the desk's."""
    desk = get_desk(pair=pair.base_name, spend=pair.spend, base=pair.base, quote=pair.quote)
    if rules is None or rules.buyback is None:
        return desk
    return replace(desk, cover=Cover(rules.buyback.value))


def price_of(
    *, pair: str, rules: Effective, get: Money | None = None, spend: Money | None = None
) -> Priced:
    """Give what an amount comes to at the house's present price.

    :raises PairNotFound: there is no such pair
    :raises PairDisabled: it is switched off
    :raises PairSuspended: it is stopped
    :raises RateUnavailable: there is no fresh price
    :raises AmountTooSmall: one of the two amounts comes to nothing
    """
    calculated = market.calculate(
        pair=pair, amount_to_get=get, amount_to_spend=spend, terms=CustomerTerms(rules)
    )
    return priced(calculated, fixed="spend" if get is None else "get")


def priced(calculated: Calculation, *, fixed: str) -> Priced:
    """Keep a calculation as an order does."""
    rate = calculated.rate
    return Priced(
        pair=rate.pair,
        get=calculated.to_get,
        net=calculated.net,
        fee=calculated.fee,
        price=rate.price,
        sources=_sources(rate.sources),
        at=rate.at,
        fixed=fixed,
    )


def take_quote(*, ask: Ask, customer_id: UUID, by: Actor) -> Priced:
    """Use a quote up and give what it promised, in the caller's transaction.

    :raises NotFound: the customer has no such quote
    :raises QuoteExpired: its time is over
    :raises QuoteUsed: there is an order of it
    :raises QuoteMismatch: the order says something else than the quote
    """
    assert ask.quote_id is not None
    quote = market_actions.take_quote(quote_id=ask.quote_id, customer_id=customer_id, by=by)
    _check_quote(ask, quote)
    return Priced(
        pair=quote.pair,
        get=quote.to_get,
        net=quote.net,
        fee=quote.fee,
        price=quote.price,
        sources=_sources(quote.sources),
        at=quote.made_at,
    )


def at_limit(priced: Priced, *, ask: Ask, rules: Effective, pair: MarketPair) -> Priced:
    """Give what a limit order holds: what it comes to at its limit, the worst that its customer takes.

    :raises InvalidField: no limit is named, or one that no amount fits
    """
    if ask.limit_price is None:
        raise InvalidField("A limit order names its limit.", field="limit_price")
    if ask.get is not None:
        get, net = ask.get, ask.get.convert(ask.limit_price, pair.spend, rounding=Rounding.UP)
        fee = rules.fee.of(net)
    else:
        assert ask.spend is not None
        net = ask.spend - rules.fee.of(ask.spend)
        fee = ask.spend - net
        numerator, denominator = ask.limit_price.as_integer_ratio()
        minor = divide(
            net.minor * denominator * pair.get.unit,
            numerator * pair.spend.unit,
            rounding=Rounding.DOWN,
        )
        get = Money(minor, pair.get)
    if not (net.is_positive and get.is_positive):
        raise InvalidField("That comes to nothing at this limit.", field="limit_price")
    return replace(priced, get=get, net=net, fee=fee, price=ask.limit_price)


def _check_quote(ask: Ask, quote: Quote) -> None:
    if ask.pair not in {"", quote.pair}:
        raise QuoteMismatch(field="pair")
    if ask.get not in {None, quote.to_get}:
        raise QuoteMismatch(field="amount")
    if ask.spend not in {None, quote.to_spend}:
        raise QuoteMismatch(field="amount")


def _sources(used: Sequence[Used]) -> list[dict[str, Any]]:
    return [
        {
            "source": one.source,
            "symbol": one.symbol,
            "price": format(one.price, "f"),
            "at": one.at.isoformat(),
        }
        for one in used
    ]
