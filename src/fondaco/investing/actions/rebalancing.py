"""Bring a portfolio back to the advice that was followed last."""

from uuid import UUID

from fondaco.investing.actions.quotes import make_quote
from fondaco.investing.errors import NoTarget
from fondaco.investing.queries.xray import get_balance
from fondaco.investing.types import Quote, QuoteAsk, Target
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.money import Money
from fondaco.wallets.types import WalletId


def quote_rebalancing(
    *, customer_id: UUID, wallet_id: WalletId, fresh: Money | None, by: Actor
) -> Quote:
    """Quote what brings a portfolio back to its target.

    Without ``fresh`` money what is above its target is sold for what is below. With it nothing is sold: the
    money buys what is furthest below.

    :raises NoTarget: the customer has followed no advice, or holds nothing of it
    :raises DomainError: whatever :func:`make_quote` refuses
    """
    balance = get_balance(customer_id=customer_id, at=clock.now())
    if not balance.worth.is_positive:
        raise NoTarget
    if fresh is None:
        targets = {one.symbol: one.target for one in balance.drifts if one.target}
        total = balance.worth
    else:
        targets = _below(
            {one.symbol: (one.parts, one.target) for one in balance.drifts},
            worth=balance.worth.minor,
            fresh=fresh.minor,
        )
        total = fresh
    ask = QuoteAsk(
        wallet_id=wallet_id,
        targets=[Target(symbol=symbol, parts=part) for symbol, part in targets.items() if part],
        total=total,
        buys_only=fresh is not None,
    )
    return make_quote(customer_id=customer_id, ask=ask, by=by)


def _below(parts: dict[str, tuple[int, int]], *, worth: int, fresh: int) -> dict[str, int]:
    """Give the parts of fresh money that fill up what is below its target, by how far each is below it."""
    after = worth + fresh
    short = {
        symbol: max(target * after - now * worth, 0) for symbol, (now, target) in parts.items()
    }
    whole = sum(short.values())
    return {symbol: gap * 1_000_000 // whole for symbol, gap in short.items()} if whole else {}
