"""``/operator/wallets/{id}/freeze``: the house stops a wallet, whatever its owner wants."""

from django.http import HttpRequest

from fondaco.kit.django.api.auth import staff
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict
from fondaco.kit.lifecycle import IllegalMove
from fondaco.operators.rights import Right
from fondaco.wallets.actions import wallets as actions
from fondaco.wallets.api.asking import operator
from fondaco.wallets.api.fields import Sentence, WalletWireId
from fondaco.wallets.types import WalletId

operators = Router(tags=["operators"], auth=staff)


class BlockReasonIn(Strict):
    """Take why."""

    reason: Sentence


@operators.post("/wallets/{wallet}/freeze", errors=(IllegalMove,))
def block_wallet(request: HttpRequest, wallet: WalletWireId, body: BlockReasonIn) -> None:
    """Block a wallet: its owner cannot lift it."""
    by = operator(request, Right.WALLETS_FREEZE)
    actions.block_wallet(wallet_id=WalletId(wallet), reason=body.reason, by=by)


@operators.post("/wallets/{wallet}/unfreeze", errors=(IllegalMove,))
def unblock_wallet(request: HttpRequest, wallet: WalletWireId, body: BlockReasonIn) -> None:
    """Let a blocked wallet move money again."""
    by = operator(request, Right.WALLETS_FREEZE)
    actions.unblock_wallet(wallet_id=WalletId(wallet), reason=body.reason, by=by)
