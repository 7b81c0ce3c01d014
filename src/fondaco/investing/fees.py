"""What the house takes for an order: what its policies say, or as shipped a part of what is traded."""

from collections.abc import Callable
from uuid import UUID

from fondaco.kit.options import options
from fondaco.money import Asset, Money
from fondaco.policies.queries.effective import explain, rules_for
from fondaco.policies.resolution import PLATFORM
from fondaco.policies.types import Fee, Operation

_SHARE_FIELDS = frozenset({"fee_bps", "fee_fixed", "fee_min", "fee_max"})


def fee_of(*, customer_id: UUID, currency: Asset) -> Callable[[int], int]:
    """Give what a customer's order costs (minor units) by what it buys and sells together; it never falls.

    A rule that says anything about fees says all of it: a fee of nothing is one, too. Where no rule does the
    platform's option holds.
    """
    operation, code = Operation.PORTFOLIO_ORDER, currency.code
    values = explain(customer=customer_id, operation=operation, currency=code)
    if any(one.field in _SHARE_FIELDS and one.owner != PLATFORM for one in values):
        fee = rules_for(customer=customer_id, operation=operation, currency=code).fee
    else:
        fee = Fee(bps=options().portfolio_fee_bps)
    return lambda traded: fee.of(Money(traded, currency)).minor
