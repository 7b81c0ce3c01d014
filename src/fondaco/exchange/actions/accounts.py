"""The ledger accounts of the exchange, opened when they are first needed and remembered by this process."""

from functools import partial
from typing import Final

from django.db import connection, transaction

from fondaco.kit.access import Actor
from fondaco.kit.django import tenancy
from fondaco.ledger import actions as ledger
from fondaco.ledger.types import AccountId, AccountKind
from fondaco.money import Asset
from fondaco.wallets.actions.currencies import open_currency
from fondaco.wallets.queries.accounts import list_accounts
from fondaco.wallets.types import WalletId

KNOWN_MAX: Final = 200_000
"""Accounts that a process remembers."""

_known: Final[dict[tuple[str, str, str], AccountId]] = {}
"""By database, schema and code: an account's number never changes."""


def trading(asset: Asset, *, by: Actor) -> AccountId:
    """Give the account on which what the house sold meets what it bought."""
    return _account(f"trading:{asset.code}", asset, AccountKind.LIABILITY, by=by)


def fees(asset: Asset, *, operation: str, by: Actor) -> AccountId:
    """Give the account of the house's own fees for an operation."""
    return _account(f"fees:{operation}s:{asset.code}", asset, AccountKind.INCOME, by=by)


def venue(asset: Asset, *, label: str, by: Actor) -> AccountId:
    """Give the account of what the house has at a venue."""
    return _account(f"providers:{label}:{asset.code}", asset, AccountKind.ASSET, by=by)


def of_wallet(wallet_id: WalletId, *, asset: Asset, by: Actor) -> AccountId:
    """Give a wallet's account in a currency, opened where it never held one.

    :raises WalletFrozen: the wallet is stopped, so nothing new is opened for it
    :raises WalletClosed: the wallet is closed
    """
    place = (*_scope(), wallet_id.hex + asset.code)
    known = _known.get(place)
    if known is None:
        owned = list_accounts(wallet_id=wallet_id).get(asset.code)
        known = owned or open_currency(wallet_id=wallet_id, asset=asset, by=by)
        _remember(place, known)
    return known


def _account(code: str, asset: Asset, kind: AccountKind, *, by: Actor) -> AccountId:
    place = (*_scope(), code)
    known = _known.get(place)
    if known is None:
        known = ledger.open_account(code=code, asset=asset, kind=kind, floor=None, by=by).id
        _remember(place, known)
    return known


def _scope() -> tuple[str, str]:
    return str(connection.settings_dict["NAME"]), tenancy.current().schema


def _remember(place: tuple[str, str, str], account: AccountId) -> None:
    """Remember an account once its opening is committed; a rolled back one is forgotten."""
    if len(_known) >= KNOWN_MAX:
        _known.clear()
    transaction.on_commit(partial(_known.__setitem__, place, account))
