"""Change a wallet's token."""

from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.ids import encode
from fondaco.wallets.actions.locks import lock_wallet
from fondaco.wallets.events import TokenRotated
from fondaco.wallets.queries.wallets import get_wallet
from fondaco.wallets.refusals import WalletClosed
from fondaco.wallets.states import WalletState
from fondaco.wallets.tokens import digest_token, make_token
from fondaco.wallets.types import CUSTOMER, WALLET, Wallet, WalletId


def rotate_token(*, wallet_id: WalletId, customer_id: UUID, by: Actor) -> Wallet:
    """Give a wallet a new token; the old one opens nothing from this commit on.

    :raises NotFound: there is no such wallet of this customer
    :raises WalletClosed: the wallet is closed
    """
    with transaction.atomic():
        row = lock_wallet(wallet_id, customer_id=customer_id)
        if row.state == WalletState.CLOSED:
            raise WalletClosed
        row.token = make_token()
        row.token_digest = digest_token(row.token)
        row.save(update_fields=["token", "token_digest"])
        event = TokenRotated(wallet=encode(WALLET, row.id), customer=encode(CUSTOMER, customer_id))
        events.publish(event, by=by)
        audit.record(by=by, action="wallets.token.rotate", subject=event.subject)
    return get_wallet(wallet_id=wallet_id, customer_id=customer_id)
