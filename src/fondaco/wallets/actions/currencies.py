"""Open the ledger accounts of a wallet, one per currency, when they are first needed."""

from uuid import UUID

from django.db import transaction

from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.ids import encode
from fondaco.kit.options import options
from fondaco.ledger import actions as ledger
from fondaco.ledger.types import AccountId, AccountKind
from fondaco.money import Asset
from fondaco.wallets.events import CurrencyOpened
from fondaco.wallets.models import Wallet, WalletAccount
from fondaco.wallets.queries.assets import get_asset
from fondaco.wallets.refusals import WalletClosed, WalletFrozen
from fondaco.wallets.states import WalletState
from fondaco.wallets.types import CUSTOMER, WALLET, WalletId


def default_asset() -> Asset:
    """Give the currency of an amount that names none."""
    return get_asset(code=options().default_currency)


def open_currency(*, wallet_id: WalletId, asset: Asset, by: Actor) -> AccountId:
    """Give the wallet's account in a currency, which is opened when there is none; once under any race.

    The caller has made sure that the actor may do this to the wallet. Only who opens it keeps the wallet
    locked; those who waited for him go on at once, side by side.

    :raises WalletFrozen: the wallet is frozen or blocked, so nothing new is opened for it
    :raises WalletClosed: the wallet is closed
    """
    with transaction.atomic():
        row = Wallet.objects.select_for_update(no_key=True).get(id=wallet_id)
        if row.state != WalletState.OPEN:
            raise WalletClosed if row.state == WalletState.CLOSED else WalletFrozen
        found = _find_account(row, asset=asset)
        transaction.set_rollback(found is not None)  # which gives the lock back at once
        return found or open_account(row, asset=asset, by=by)


def open_account(row: Wallet, *, asset: Asset, by: Actor) -> AccountId:
    """Give the account of a locked wallet in a currency, opened where it is missing."""
    found = _find_account(row, asset=asset)
    if found is not None:
        return found
    account = ledger.open_account(
        code=account_code(wallet_id=row.id, asset=asset),
        asset=asset,
        kind=AccountKind.LIABILITY,
        floor=0,
        by=by,
    )
    WalletAccount.objects.create(
        wallet=row, currency=asset.code, scale=asset.scale, account_id=account.id
    )
    events.publish(
        CurrencyOpened(
            wallet=encode(WALLET, row.id),
            customer=encode(CUSTOMER, row.holder_id),
            currency=asset.code,
        ),
        by=by,
    )
    return account.id


def _find_account(row: Wallet, *, asset: Asset) -> AccountId | None:
    found = WalletAccount.objects.filter(wallet=row, currency=asset.code).first()
    return None if found is None else AccountId(found.account_id)


def manual_account(asset: Asset, *, by: Actor) -> AccountId:
    """Give the account of what comes in and goes out by hand, in a currency; opened where it is missing."""
    account = ledger.open_account(
        code=f"providers:manual:{asset.code}",
        asset=asset,
        kind=AccountKind.ASSET,
        floor=None,
        by=by,
    )
    return account.id


def account_code(*, wallet_id: UUID, asset: Asset) -> str:
    """Give the ledger's code of a wallet's account, such as ``wallets:wal_…:USD``."""
    return f"wallets:{encode(WALLET, wallet_id)}:{asset.code}"
