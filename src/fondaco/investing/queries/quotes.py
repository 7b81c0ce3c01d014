"""What changes of portfolios were quoted at."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from fondaco.investing.models import Quote as Row
from fondaco.investing.states import TradeMode
from fondaco.investing.types import AdviceId, Leg, Quote, QuoteId
from fondaco.kit.errors import NotFound
from fondaco.money import Asset, Money
from fondaco.wallets.types import WalletId


def get_quote(*, quote_id: UUID, customer_id: UUID) -> Quote:
    """Give a customer's quote.

    :raises NotFound: he has none of this identifier
    """
    row = Row.objects.filter(id=quote_id, customer_id=customer_id).first()
    if row is None:
        raise NotFound
    return describe_quote(row)


def describe_quote(row: Row) -> Quote:
    """Show a quote."""
    plan = row.plan
    currency = Asset.parse(plan["currency"])
    legs = [_leg(one, currency) for one in plan["legs"]]
    bought = Money(sum(one.cash.minor for one in legs if not one.is_sale), currency)
    sold = Money(sum(one.cash.minor for one in legs if one.is_sale), currency)
    fee, before = Money(plan["fee"], currency), Money(plan["cash_before"], currency)
    return Quote(
        id=QuoteId(row.id),
        wallet_id=WalletId(row.wallet_id),
        advice_id=AdviceId(row.advice_id) if row.advice_id else None,
        mode=TradeMode(row.mode),
        legs=legs,
        bought=bought,
        sold=sold,
        fee=fee,
        cash_before=before,
        cash_after=before + sold - bought - fee,
        created_at=row.created_at,
        expires_at=row.expires_at,
        order_id=row.order_id,
    )


def _leg(told: dict[str, Any], currency: Asset) -> Leg:
    return Leg(
        symbol=told["symbol"],
        is_sale=told["sale"],
        shares=Money(told["shares"], Asset(told["symbol"], told["scale"])),
        price=Decimal(told["price"]),
        price_id=told["price_id"],
        priced_on=date.fromisoformat(told["day"]),
        rate=Decimal(told["rate"]),
        cash=Money(told["cash"], currency),
        lots=[(UUID(name), part) for name, part in told["lots"]],
    )
