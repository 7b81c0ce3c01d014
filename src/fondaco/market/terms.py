"""What policies add to a price, in the market's words."""

from dataclasses import dataclass
from uuid import UUID

from fondaco.money import Money
from fondaco.policies.queries.effective import rules_for
from fondaco.policies.types import Effective, Operation


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """Take fee and markup from what applies to a customer."""

    effective: Effective

    @property
    def price_markup_bps(self) -> int:
        """Give what makes the price worse for the customer (basis points)."""
        return self.effective.price_markup_bps

    def fee_for(self, amount: Money) -> Money:
        """Give the fee for an amount that is exchanged, in its currency."""
        return self.effective.fee.of(amount)


def terms_for(
    *, customer_id: UUID | None, operation: Operation, currency: str, pair: str
) -> PolicyTerms:
    """Give the terms of a customer's operation, from memory; nobody's in particular for a guest.

    :param currency: the one that is spent
    """
    return PolicyTerms(
        rules_for(customer=customer_id, operation=operation, currency=currency, pair=pair)
    )
