"""The rules of merchants on a wallet."""

from collections.abc import Sequence

from fondaco.money import Money
from fondaco.wallets.models import MerchantRule
from fondaco.wallets.queries.assets import get_asset
from fondaco.wallets.types import Rule, WalletId


def list_rules(*, wallet_id: WalletId) -> Sequence[Rule]:
    """Give all rules of a wallet, by merchant."""
    rows = MerchantRule.objects.filter(wallet_id=wallet_id).order_by("merchant_id")
    return [describe_rule(row) for row in rows]


def describe_rule(row: MerchantRule) -> Rule:
    """Turn a row into what crosses the border."""
    day_max = None
    if row.day_max_minor is not None:
        day_max = Money(int(row.day_max_minor), get_asset(code=row.currency))
    return Rule(merchant_id=row.merchant_id, day_max=day_max, blocked_at=row.blocked_at)
