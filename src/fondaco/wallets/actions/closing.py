"""Leave the house for good."""

from uuid import UUID

from django.db import transaction

from fondaco.credentials.actions.erasure import erase
from fondaco.identity import actions as identity
from fondaco.identity.types import Customer
from fondaco.kit.access import Actor
from fondaco.wallets.actions.wallets import close_wallet
from fondaco.wallets.models import Wallet
from fondaco.wallets.types import WalletId


def leave(*, customer_id: UUID, erased: UUID | None = None, by: Actor) -> Customer:
    """Close a customer's wallets, which must be empty, and the customer; nobody acts for him any more.

    ``erased`` is the user whose data are destroyed with it.

    :raises WalletNotEmpty: a wallet holds money, or money is held in it
    :raises IllegalMove: a wallet is frozen
    """
    with transaction.atomic():
        owned = Wallet.objects.filter(holder_id=customer_id).order_by("id")
        for wallet_id in owned.values_list("id", flat=True):
            close_wallet(wallet_id=WalletId(wallet_id), customer_id=customer_id, by=by)
        closed = identity.close_customer(customer_id=customer_id, by=by)
        if erased is not None:
            erase(user_id=erased, by=by)
    return closed
