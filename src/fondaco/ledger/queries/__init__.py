"""What can be read of the ledger."""

from fondaco.ledger.queries.accounts import (
    find_account,
    find_asset,
    get_account,
    get_accounts,
    get_asset,
    list_accounts,
    list_assets,
    sum_accounts,
)
from fondaco.ledger.queries.entries import list_entries
from fondaco.ledger.queries.history import (
    find_horizon,
    get_account_before,
    get_account_version,
    require_settled,
)
from fondaco.ledger.queries.transfers import (
    find_entry,
    find_hold,
    find_transfer,
    get_hold,
    get_transfer,
    list_holds,
)

__all__ = [
    "find_account",
    "find_asset",
    "find_entry",
    "find_hold",
    "find_horizon",
    "find_transfer",
    "get_account",
    "get_account_before",
    "get_account_version",
    "get_accounts",
    "get_asset",
    "get_hold",
    "get_transfer",
    "list_accounts",
    "list_assets",
    "list_entries",
    "list_holds",
    "require_settled",
    "sum_accounts",
]
