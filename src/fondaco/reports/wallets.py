"""What a wallet held in one currency at both ends of a period."""

from dataclasses import dataclass
from datetime import datetime

from fondaco.ledger import queries as ledger
from fondaco.ledger.types import AccountId
from fondaco.money import Asset, Money
from fondaco.wallets.queries.accounts import list_accounts
from fondaco.wallets.types import WalletId


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletStatement:
    """Tell what a wallet held in one currency at both ends of a period."""

    wallet_id: WalletId
    since: datetime | None
    """None: from the beginning."""
    until: datetime
    """The period ends just before it."""
    opening: Money
    closing: Money


def get_wallet_statement(
    *, wallet_id: WalletId, asset: Asset, since: datetime | None, until: datetime
) -> WalletStatement:
    """Give what a wallet held in one currency at both ends of a period; nothing, where it never held any.

    :raises HistoryDetached: the transfers of one end's day are in the archive
    """
    account_id = list_accounts(wallet_id=wallet_id).get(asset.code)
    return WalletStatement(
        wallet_id=wallet_id,
        since=since,
        until=until,
        opening=_balance_before(account_id, asset, since),
        closing=_balance_before(account_id, asset, until),
    )


def _balance_before(account_id: AccountId | None, asset: Asset, at: datetime | None) -> Money:
    if account_id is None or at is None:
        return Money.zero(asset)
    return ledger.get_account_before(account_id=account_id, at=at).posted
