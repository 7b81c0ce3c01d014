"""Quote what a change of a portfolio costs, at the house's own prices, which are then held for a while."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from fondaco.instruments.errors import NotTradable
from fondaco.instruments.queries.instruments import find_instruments
from fondaco.instruments.queries.prices import get_fresh, get_rates
from fondaco.instruments.states import TRADABLE
from fondaco.instruments.types import Instrument, Quoted
from fondaco.investing import models
from fondaco.investing.errors import AdviceExpired, CurrencyDiffers, NothingToTrade, SumTooSmall
from fondaco.investing.fees import fee_of
from fondaco.investing.plan import Good, Plan, make_plan, spread
from fondaco.investing.queries.advice import get_advice
from fondaco.investing.queries.quotes import describe_quote
from fondaco.investing.queries.settings import get_settings
from fondaco.investing.states import TradeMode
from fondaco.investing.types import Quote, QuoteAsk, Target
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.errors import InvalidField
from fondaco.kit.options import options
from fondaco.ledger import queries as books
from fondaco.ledger.types import AccountId
from fondaco.money import Asset
from fondaco.quant.allocation import PARTS, BadAllocation
from fondaco.wallets.queries.accounts import list_accounts
from fondaco.wallets.queries.wallets import check_owner


@dataclass(frozen=True, slots=True)
class Shelf:
    """Hold what is traded: instruments, prices and rates by symbol, all of one instant and currency."""

    currency: Asset
    instruments: Mapping[str, Instrument]
    quoted: Mapping[str, Quoted]
    rates: Mapping[str, Decimal]
    """By the code of the instrument's currency."""

    def goods(self) -> Mapping[str, Good]:
        """Give what planning needs to know."""
        return {
            symbol: Good(
                symbol=symbol,
                price=unit_price(shelf=self, instrument=one).scaleb(
                    self.currency.scale - one.asset.scale
                ),
                step=one.step,
            )
            for symbol, one in self.instruments.items()
        }


def make_quote(*, customer_id: UUID, ask: QuoteAsk, by: Actor) -> Quote:
    """Quote the trades that turn a customer's portfolio into what he asks for; nothing moves.

    :raises NotFound: wallet or advice is not the customer's
    :raises AdviceExpired: the advice is too old to follow
    :raises UnknownInstrument, NotTradable: something that is named cannot be bought here
    :raises InvalidField: a symbol is named twice, quantities and parts are mixed, or parts pass the whole
    :raises PriceMissing, PriceStale, RateMissing: something has no price of these days
    :raises CurrencyDiffers: the portfolio is kept in another currency
    :raises NothingToTrade: the portfolio is so already
    :raises SumTooSmall: the total buys nothing
    """
    del by  # nothing changes but the quote itself
    at = clock.now()
    check_owner(wallet_id=ask.wallet_id, customer_id=customer_id)
    if ask.advice_id is not None:
        ask = _follow(customer_id, ask, at=at)
    settings = get_settings(customer_id=customer_id)
    if ask.total is not None and ask.total.asset != settings.currency:
        if held_quantities(customer_id=customer_id):
            raise CurrencyDiffers(f"It is kept in {settings.currency.code}.", field="sum")
        currency = ask.total.asset
    else:
        currency = settings.currency
    held = held_quantities(customer_id=customer_id)
    targets = _resolve(ask.targets)
    shelf = stock_shelf({*held, *targets}, currency=currency, at=at)
    mode = ask.mode or TradeMode(options().portfolio_trade)
    plan = _plan(customer_id, ask, targets, held, shelf, mode)
    if not plan.trades:
        raise NothingToTrade if held or not targets else SumTooSmall(field="targets")
    if not plan.bought + plan.sold:
        raise SumTooSmall("What would be sold is worth less than a cent.", field="targets")
    with transaction.atomic():
        row = models.Quote.objects.create(
            customer_id=customer_id,
            wallet_id=ask.wallet_id,
            advice_id=ask.advice_id,
            mode=mode.value,
            plan={
                "currency": str(currency),
                "legs": _legs(plan, shelf, targets),
                "fee": plan.fee,
                "held": held,
                "cash_before": _available(ask, currency),
            },
            created_at=at,
            expires_at=at + timedelta(seconds=options().portfolio_quote_s),
        )
    return describe_quote(row)


def held_quantities(*, customer_id: UUID) -> Mapping[str, int]:
    """Give what the books say that a customer holds at this house, by symbol, in minor units."""
    rows = models.Holding.objects.filter(customer_id=customer_id).order_by("instrument__symbol")
    accounts = {
        symbol: AccountId(account)
        for symbol, account in rows.values_list("instrument__symbol", "account_id")
    }
    found = books.get_accounts(accounts.values())
    held = {symbol: found[account].available.minor for symbol, account in accounts.items()}
    return {symbol: quantity for symbol, quantity in held.items() if quantity}


def stock_shelf(symbols: Iterable[str], *, currency: Asset, at: datetime) -> Shelf:
    """Give instruments with prices and rates at which can be traded now.

    :raises NotTradable: one can only be looked at
    :raises PriceMissing, PriceStale, RateMissing: one has no price of these days
    """
    wanted = sorted(set(symbols))
    instruments = find_instruments(symbols=wanted, field="targets")
    for one in instruments.values():
        if one.kind not in TRADABLE:
            raise NotTradable(f"{one.symbol} is a figure to compare with.", field="targets")
    quoted = get_fresh(symbols=wanted, at=at, field="targets")
    codes = {one.currency.code for one in instruments.values()}
    rates = get_rates(currencies=codes, to=currency.code, at=at)
    return Shelf(currency, instruments, quoted, rates)


def unit_price(*, shelf: Shelf, instrument: Instrument) -> Decimal:
    """Give major units of the portfolio's currency for one share."""
    return shelf.quoted[instrument.symbol].close * shelf.rates[instrument.currency.code]


def _follow(customer_id: UUID, ask: QuoteAsk, *, at: datetime) -> QuoteAsk:
    advice = get_advice(advice_id=_named(ask), customer_id=customer_id)
    if advice.expires_at <= at:
        raise AdviceExpired
    parts: Mapping[str, int] = advice.answer["parts"]
    return QuoteAsk(
        wallet_id=ask.wallet_id,
        targets=[Target(symbol=symbol, parts=part) for symbol, part in parts.items()],
        total=ask.total or advice.total,
        advice_id=ask.advice_id,
        mode=ask.mode,
        buys_only=ask.buys_only,
    )


def _named(ask: QuoteAsk) -> UUID:
    if ask.advice_id is None:
        raise AssertionError("only an ask that names an advice follows one")
    return ask.advice_id


def _resolve(targets: Sequence[Target]) -> Mapping[str, Target]:
    """Give targets by whole symbols."""
    instruments = find_instruments(symbols=[one.symbol for one in targets], field="targets")
    found = {instruments[one.symbol].symbol: one for one in targets}
    if len(found) != len(targets):
        raise InvalidField("Name each asset once.", field="targets")
    has_parts = [one.parts is not None for one in targets]
    if len(set(has_parts)) > 1:
        raise InvalidField("Give quantities or parts, not both.", field="targets")
    if sum(one.parts or 0 for one in targets) > PARTS:
        raise InvalidField("Parts are more than the whole.", field="targets")
    for symbol, one in found.items():
        if one.quantity is not None and one.quantity % instruments[one.symbol].step:
            raise InvalidField(f"{symbol} is traded in whole shares.", field="targets")
    return found


def _plan(
    customer_id: UUID,
    ask: QuoteAsk,
    targets: Mapping[str, Target],
    held: Mapping[str, int],
    shelf: Shelf,
    mode: TradeMode,
) -> Plan:
    fee = fee_of(customer_id=customer_id, currency=shelf.currency)
    # What is bought on top of what is held leaves that alone: it is planned as if nothing were held.
    before = {} if ask.buys_only else held
    goods = shelf.goods()
    if not any(one.parts is not None for one in targets.values()):
        wanted = {symbol: one.quantity or 0 for symbol, one in targets.items()}
        return make_plan(held=before, wanted=wanted, goods=goods, mode=mode, fee=fee)
    if ask.total is None:
        raise InvalidField("Parts need a sum of which they are.", field="sum")
    parts = {symbol: one.parts or 0 for symbol, one in targets.items()}
    try:
        _, plan = spread(
            total=ask.total.minor, parts=parts, held=before, goods=goods, mode=mode, fee=fee
        )
    except BadAllocation:
        raise SumTooSmall(field="sum") from None
    return plan


def _legs(plan: Plan, shelf: Shelf, targets: Mapping[str, Target]) -> list[dict[str, Any]]:
    return [
        {
            "symbol": trade.symbol,
            "scale": shelf.instruments[trade.symbol].asset.scale,
            "sale": trade.is_sale,
            "shares": trade.quantity,
            "price": str(shelf.quoted[trade.symbol].close),
            "price_id": shelf.quoted[trade.symbol].id,
            "day": shelf.quoted[trade.symbol].day.isoformat(),
            "rate": str(shelf.rates[shelf.instruments[trade.symbol].currency.code]),
            "cash": trade.cash,
            "lots": [(str(name), part) for name, part in targets[trade.symbol].lots]
            if trade.is_sale and trade.symbol in targets
            else [],
        }
        for trade in plan.trades
    ]


def _available(ask: QuoteAsk, currency: Asset) -> int:
    account = list_accounts(wallet_id=ask.wallet_id).get(currency.code)
    return books.get_accounts([account])[account].available.minor if account else 0
