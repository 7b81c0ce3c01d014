"""Instruments and investors of these tests; every test makes its own."""

import math
import random
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from fondaco.instruments.tests.cast import new_share, tell
from fondaco.investing.actions.advice import give_advice
from fondaco.investing.actions.orders import invest
from fondaco.investing.queries.portfolio import get_portfolio
from fondaco.investing.states import TradeMode
from fondaco.investing.types import Advice, AdviceAsk, QuoteAsk, Target
from fondaco.kit import clock
from fondaco.orders.states import OrderState
from fondaco.orders.types import Order
from fondaco.wallets.tests.cast import Person


def want(person: Person, *shares: tuple[str, str], mode: TradeMode | None = None) -> Order:
    """Have somebody bring his portfolio to some shares, told in whole ones and fractions."""
    targets = [
        Target(symbol=symbol, quantity=int(Decimal(text) * 10**6)) for symbol, text in shares
    ]
    return order(person, targets, mode=mode)


def order(person: Person, targets: Sequence[Target], *, mode: TradeMode | None = None) -> Order:
    """Have somebody order targets."""
    ask = QuoteAsk(wallet_id=person.wallet_id, targets=targets, mode=mode)
    return invest(customer_id=person.customer_id, ask=ask, by=person.actor)


def positions(person: Person) -> dict[str, tuple[str, str, str]]:
    """Give quantity, cost and value of what somebody holds."""
    found = get_portfolio(customer_id=person.customer_id, at=clock.now())
    assert found.reconciliation.difference.minor == 0
    return {
        one.instrument.symbol: (one.shares.to_text(), one.cost.to_text(), one.value.to_text())
        for one in found.positions
    }


HISTORY_DAYS = 300


@cache
def wild_shares() -> Sequence[str]:
    """Make four shares with a history of their own, from calm to wild; once in a process."""
    dice, made = random.Random(4), []
    for wildness in (0.004, 0.008, 0.015, 0.03):
        symbol, price = new_share(), 50.0
        closes = []
        for _ in range(HISTORY_DAYS):
            price *= math.exp(wildness / 12 + wildness * dice.gauss(0, 1))
            closes.append(f"{price:.4f}")
        tell(symbol, *closes)
        made.append(symbol)
    return made


def advise(person: Person, shares: Sequence[str], **asked: Any) -> Advice:
    """Have somebody be advised on some shares."""
    ask = AdviceAsk(symbols=shares, **asked)
    return give_advice(customer_id=person.customer_id, ask=ask, by=person.actor)


def follow(person: Person, advice: Advice) -> OrderState:
    """Have somebody follow an advice; give how that ended."""
    ask = QuoteAsk(wallet_id=person.wallet_id, advice_id=advice.id)
    return invest(customer_id=person.customer_id, ask=ask, by=person.actor).state
