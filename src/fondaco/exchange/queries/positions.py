"""What the house has bought for itself, or sold beyond what it bought, by currency."""

from collections.abc import Sequence

from fondaco.ledger import queries as ledger
from fondaco.money import Asset, Money

PREFIX = "trading:"


def get_position(*, asset: Asset) -> Money:
    """Give the house's position in a currency: above zero bought for itself, below zero sold beyond."""
    account = ledger.find_account(code=f"{PREFIX}{asset.code}")
    return Money.zero(asset) if account is None else account.posted


def list_positions() -> Sequence[Money]:
    """Give the house's positions in order of their currencies."""
    page = ledger.list_accounts(prefix=PREFIX, limit=1_000)
    return [account.posted for account in page.items]
