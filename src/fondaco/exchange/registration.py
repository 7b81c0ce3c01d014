"""What the exchange declares to the layers below when the process starts."""

from typing import Final
from uuid import UUID

from fondaco.exchange.actions.cancelling import CANCELS_FROM
from fondaco.exchange.actions.closing import EFFECT, reject_order, release_order
from fondaco.exchange.types import OrderKindName, TransferKind
from fondaco.kit.access import Actor
from fondaco.ledger import actions as ledger
from fondaco.orders import kinds
from fondaco.orders.kinds import OrderKind
from fondaco.orders.types import OrderId
from fondaco.policies import risk_desk
from fondaco.policies.types import Operation
from fondaco.signing.effects import register as register_effect

_REJECTED: Final = "refused by the house"


def register() -> None:
    """Declare kinds of transfer and of order, and what signatures and verdicts bring about."""
    for kind in TransferKind:
        ledger.declare_kind(kind.value)
    for name in OrderKindName:
        rules_of = Operation(name.value)
        kinds.register(
            OrderKind(name=name.value, cancels_from=CANCELS_FROM, repeats=True, operation=rules_of)
        )
    register_effect(EFFECT)
    risk_desk.on_decided(Operation.PURCHASE, released=_release, rejected=_reject)


def _release(reference: UUID, by: Actor) -> None:
    release_order(order_id=OrderId(reference), by=by)


def _reject(reference: UUID, by: Actor) -> None:
    reject_order(order_id=OrderId(reference), reason=_REJECTED, by=by)
