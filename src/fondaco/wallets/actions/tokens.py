"""Change a wallet's token."""

from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.ids import encode
from fondaco.wallets.actions.locks import lock_wallet
from fondaco.wallets.events import TokenRotated
from fondaco.wallets.models import Wallet
from fondaco.wallets.queries.wallets import get_wallet
from fondaco.wallets.refusals import WalletClosed
from fondaco.wallets.states import WalletState
from fondaco.wallets.tokens import digest_token, make_token
from fondaco.wallets.types import CUSTOMER, WALLET, Wallet as WalletView, WalletId

RENEWED_AT_ONCE: Final = 500
"""Rows in one transaction while digests are renewed."""


def rotate_token(*, wallet_id: WalletId, customer_id: UUID, by: Actor) -> WalletView:
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


def renew_digests(*, batch: int = RENEWED_AT_ONCE) -> int:
    """Store the digests of all tokens under the current key; give how many an older key had made.

    Each batch of rows is its own transaction, so it may be stopped and run again.
    """
    renewed, after = 0, UUID(int=0)
    while True:
        with transaction.atomic():
            rows = list(
                Wallet.objects.select_for_update().filter(id__gt=after).order_by("id")[:batch]
            )
            for row in rows:
                renewed += _renew(row)
        if len(rows) < batch:
            return renewed
        after = rows[-1].id


def _renew(row: Wallet) -> int:
    digest = digest_token(row.token)
    if bytes(row.token_digest) == digest:
        return 0
    row.token_digest = digest
    row.save(update_fields=["token_digest"])
    return 1
