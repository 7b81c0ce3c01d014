"""What wallets declare to the layers below when the process starts."""

from fondaco.ledger import actions as ledger
from fondaco.orders import kinds
from fondaco.orders.kinds import OrderKind
from fondaco.orders.states import OrderState
from fondaco.wallets.actions import cashouts, movements
from fondaco.wallets.types import TransferKind


def register() -> None:
    """Declare kinds of transfer and kinds of order; doing so again changes nothing."""
    for kind in TransferKind:
        ledger.declare_kind(kind.value)
    kinds.register(OrderKind(name=movements.KIND, repeats=True))
    waiting = frozenset({OrderState.WAITING_FOR_OPERATOR})
    kinds.register(OrderKind(name=cashouts.KIND, cancels_from=waiting))
