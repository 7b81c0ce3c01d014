"""What the house takes for an order: the one place where that is decided."""

from uuid import UUID

from fondaco.kit.options import options
from fondaco.money import Money, Rounding

_WHOLE_BPS = 10_000


def fee_for(*, customer_id: UUID, traded: Money) -> Money:
    """Give the fee of an order in which so much is bought and sold together; it grows with the amount."""
    del customer_id  # everybody pays the same
    return traded.share(options().portfolio_fee_bps, _WHOLE_BPS, rounding=Rounding.HALF_UP)
