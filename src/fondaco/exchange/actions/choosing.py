"""Which venue covers: all of them are asked, and the answer keeps why one was chosen.

Nothing here writes, and nothing here may run inside a transaction: venues are asked over the network.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Decimal
from typing import Any, Final

import structlog

from fondaco.connections.states import Health
from fondaco.connections.types import ProviderAccount
from fondaco.exchange.providers.base import ExchangeProvider, Offer
from fondaco.exchange.providers.registry import open_account
from fondaco.exchange.queries.venues import list_venues, name_of
from fondaco.exchange.types import Desk
from fondaco.kit import clock
from fondaco.kit.errors import DomainError
from fondaco.market import queries as market
from fondaco.money import Asset
from fondaco.vendors.venues import Side, Unavailable, VenueError

BPS: Final = 10_000
APART_BPS_MAX: Final = 2_000
"""A venue whose price is further from the house's own is taken for broken."""

OLDEST: Final = timedelta(minutes=1)
"""A price that the venue itself calls older is none."""

TOO_FAR: Final = "its price is too far from our own"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Say what has to be traded."""

    desk: Desk
    base: Asset
    quote: Asset
    minor: int
    """Of the base currency; below zero: to sell."""
    may_exceed: bool
    """Order the venue's minimum where less is wanted."""

    @property
    def side(self) -> Side:
        """Give what the house does."""
        return Side.BUY if self.minor > 0 else Side.SELL

    @property
    def amount(self) -> Decimal:
        """Give the amount in units of the base currency."""
        return Decimal(abs(self.minor)).scaleb(-self.base.scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Name the venue, and what is to be sent to it."""

    account: ProviderAccount
    venue: str
    amount: Decimal
    price: Decimal
    reason: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bid:
    """What one venue comes to."""

    account: ProviderAccount
    provider: ExchangeProvider
    offer: Offer
    available: Decimal | None
    """Of what has to be paid there; none: not known."""
    amount: Decimal
    price: Decimal
    net_price: Decimal
    """After the venue's fee."""


def choose(wanted: Wanted, *, tell: Callable[..., None]) -> Choice | None:
    """Give the best venue that is well, has enough there and takes the amount; none: nobody does now.

    Best: the price after fees, then the account's priority.
    """
    seen: list[dict[str, Any]] = []
    bids: list[_Bid] = []
    mark = _own_price(wanted)
    for account in list_venues(wanted.desk):
        try:
            bid, verdict = _ask(account, wanted, mark)
        except VenueError as error:
            tell(account, health=Health.DOWN, detail=str(error))
            seen.append({"venue": name_of(account), "verdict": f"does not answer: {error}"})
            continue
        is_sick = verdict == TOO_FAR
        health = Health.DEGRADED if is_sick else Health.UP
        tell(account, health=health, detail=verdict if is_sick else "")
        seen.append(_facts(bid, verdict))
        bids += [bid] if verdict == "fits" else []
    if not bids:
        log.warning("exchange.no_venue", symbol=wanted.desk.symbol, seen=seen)
        return None
    best = min(bids, key=lambda one: (_cost(one, wanted.side), one.account.priority))
    return Choice(
        account=best.account,
        venue=name_of(best.account),
        amount=best.amount,
        price=best.price,
        reason={"venues": seen, "because": _because(bids), "own_price": _text(mark)},
    )


def _ask(account: ProviderAccount, wanted: Wanted, mark: Decimal | None) -> tuple[_Bid, str]:
    provider = open_account(account)
    offer = provider.offer(wanted.desk.symbol)
    buys = wanted.side is Side.BUY
    best = offer.ask if buys else offer.bid
    if not best.is_finite() or best <= 0:
        raise Unavailable("its price is none")
    if clock.now() - offer.at > OLDEST:
        raise Unavailable(f"its price is of {offer.at:%Y-%m-%d %H:%M:%S}")
    slip = Decimal(wanted.desk.slip_bps) / BPS
    price = _to_step(best * (1 + slip if buys else 1 - slip), offer.price_step, up=buys)
    fee = Decimal(offer.fee_bps) / BPS
    amount = _to_step(wanted.amount, offer.amount_step, up=True)
    least = _least(offer, best)
    is_small = amount < least
    balances = provider.balances()
    bid = _Bid(
        account=account,
        provider=provider,
        offer=offer,
        available=balances.get(wanted.desk.quote_code if buys else wanted.desk.base_code),
        amount=least if is_small and wanted.may_exceed else amount,
        price=price,
        net_price=best * (1 + fee if buys else 1 - fee),
    )
    return bid, _verdict(bid, wanted, mark, best=best, is_small=is_small)


def _verdict(
    bid: _Bid, wanted: Wanted, mark: Decimal | None, *, best: Decimal, is_small: bool
) -> str:
    if mark is not None and abs(best - mark) * BPS > mark * APART_BPS_MAX:
        return TOO_FAR
    if is_small and not wanted.may_exceed:
        return "its minimum is larger"
    needed = bid.amount * bid.price if wanted.side is Side.BUY else bid.amount
    if bid.available is None or bid.available < needed:
        return "not enough there"
    return "fits"


def _least(offer: Offer, price: Decimal) -> Decimal:
    """Give the smallest amount that the venue takes, by size and by worth; with room for a falling price."""
    by_worth = offer.cost_min / price * Decimal("1.02")
    return _to_step(max(offer.amount_min, by_worth), offer.amount_step, up=True)


def _own_price(wanted: Wanted) -> Decimal | None:
    """Give the house's own price of what is traded, which a sick venue is told by."""
    for pair in (f"{wanted.desk.base_code}_{wanted.desk.quote_code}", wanted.desk.pair):
        try:
            rate = market.get_rate(pair=pair)
        except DomainError:
            continue
        if rate.base == wanted.desk.base_code and pair != wanted.desk.pair:
            return rate.base_price
        if wanted.quote in {rate.spend, rate.get}:
            return rate.base_price
    return None


def _cost(bid: _Bid, side: Side) -> Decimal:
    return bid.net_price if side is Side.BUY else -bid.net_price


def _to_step(value: Decimal, step: Decimal, *, up: bool) -> Decimal:
    steps = (value / step).to_integral_value(ROUND_CEILING if up else ROUND_FLOOR)
    return (steps * step).quantize(step, rounding=ROUND_DOWN)


def _facts(bid: _Bid, verdict: str) -> dict[str, Any]:
    return {
        "venue": name_of(bid.account),
        "verdict": verdict,
        "ask": _text(bid.offer.ask),
        "bid": _text(bid.offer.bid),
        "after_fees": _text(bid.net_price),
        "available": _text(bid.available),
        "priority": bid.account.priority,
        "health": bid.account.health.value,
    }


def _because(bids: Sequence[_Bid]) -> str:
    return "the only one that fits" if len(bids) == 1 else f"the best after fees of {len(bids)}"


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
