"""The only writers of the ledger."""

from fondaco.ledger.actions.accounts import (
    AccountDiffers,
    AccountNotEmpty,
    close_account,
    freeze_account,
    lock_accounts,
    open_account,
    set_floor,
    unfreeze_account,
)
from fondaco.ledger.actions.archive import (
    NotExported,
    OwnerRequired,
    detach_partitions,
    drop_partition,
    export_partition,
    guard_detaching,
)
from fondaco.ledger.actions.assets import AssetDiffers, declare_asset, seed_assets
from fondaco.ledger.actions.checkpoints import make_checkpoints
from fondaco.ledger.actions.holds import expire_holds
from fondaco.ledger.actions.kinds import UndeclaredKind, declare_kind, list_kinds
from fondaco.ledger.actions.partitions import find_missing_months, make_partitions
from fondaco.ledger.actions.posting import (
    post,
    record_refusals,
    submit,
    submit_all,
    submit_late,
)
from fondaco.ledger.intake import IntakeClosed, OutcomeUnknown
from fondaco.ledger.store import PartitionMissing

__all__ = [
    "AccountDiffers",
    "AccountNotEmpty",
    "AssetDiffers",
    "IntakeClosed",
    "NotExported",
    "OutcomeUnknown",
    "OwnerRequired",
    "PartitionMissing",
    "UndeclaredKind",
    "close_account",
    "declare_asset",
    "declare_kind",
    "detach_partitions",
    "drop_partition",
    "expire_holds",
    "export_partition",
    "find_missing_months",
    "freeze_account",
    "guard_detaching",
    "list_kinds",
    "lock_accounts",
    "make_checkpoints",
    "make_partitions",
    "open_account",
    "post",
    "record_refusals",
    "seed_assets",
    "set_floor",
    "submit",
    "submit_all",
    "submit_late",
    "unfreeze_account",
]
