"""What investing declares to the layers below when the process starts."""

from fondaco.investing.actions import orders
from fondaco.investing.queries.activities import list_owners
from fondaco.investing.types import TransferKind
from fondaco.ledger import actions as ledger
from fondaco.orders import kinds
from fondaco.orders.kinds import OrderKind
from fondaco.proofs import liabilities


def register() -> None:
    """Declare kinds of transfer and of order, and whose the holdings are; again changes nothing."""
    for kind in TransferKind:
        ledger.declare_kind(kind.value)
    kinds.register(OrderKind(name=orders.KIND))
    liabilities.register_owners("investing", list_owners)
