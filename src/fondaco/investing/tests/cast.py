"""Instruments and investors of these tests; every test makes its own."""

from collections.abc import Sequence
from decimal import Decimal

from fondaco.investing.actions.orders import invest
from fondaco.investing.queries.portfolio import get_portfolio
from fondaco.investing.states import TradeMode
from fondaco.investing.types import QuoteAsk, Target
from fondaco.kit import clock
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
