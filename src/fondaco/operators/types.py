"""What crosses the border of operators."""

from collections.abc import Mapping
from dataclasses import dataclass

from fondaco.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformTotal:
    """Set what the house owes against what it holds, in one currency."""

    obligations: Money
    """What all wallets together hold."""
    funds: Mapping[str, Money]
    """What the house holds, by the code of the provider's account."""
    other: Mapping[str, Money]
    """What explains the difference, by the code of the account: its balance on the credit side."""

    @property
    def held(self) -> Money:
        """Give all funds together."""
        total = Money.zero(self.obligations.asset)
        for amount in self.funds.values():
            total += amount
        return total

    @property
    def difference(self) -> Money:
        """Give funds less obligations."""
        return self.held - self.obligations
