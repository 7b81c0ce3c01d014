"""Find the wallet that an opening balance belongs to."""

from fondaco.kit.access import Actor
from fondaco.kit.errors import InvalidField
from fondaco.kit.ids import InvalidId, decode
from fondaco.money import Asset
from fondaco.wallets.actions.currencies import account_code, open_currency
from fondaco.wallets.queries.wallets import find_first_wallet_id
from fondaco.wallets.types import CUSTOMER


def open_for_balance(*, customer: str, asset: Asset, by: Actor) -> str:
    """Give the code of the account of a customer's first wallet in an asset, opened where there is none.

    :raises InvalidField: there is no such customer, or he has no wallet
    :raises WalletFrozen: the wallet is frozen or blocked
    :raises WalletClosed: the wallet is closed
    """
    try:
        customer_id = decode(CUSTOMER, customer)
    except InvalidId:
        raise InvalidField("This is no customer's identifier (cus_…).", field="customer") from None
    wallet_id = find_first_wallet_id(customer_id=customer_id)
    if wallet_id is None:
        raise InvalidField("There is no such customer, or he has no wallet.", field="customer")
    open_currency(wallet_id=wallet_id, asset=asset, by=by)
    return account_code(wallet_id=wallet_id, asset=asset)
