"""What wallets declare to the layers below when the process starts."""

from fondaco.journal import openings
from fondaco.kit.django import audiences, fields
from fondaco.ledger import actions as ledger
from fondaco.orders import kinds
from fondaco.orders.kinds import OrderKind
from fondaco.orders.states import OrderState
from fondaco.policies import risk_desk
from fondaco.policies.types import Operation
from fondaco.proofs import liabilities
from fondaco.wallets.actions import cashouts, movements, tokens
from fondaco.wallets.actions.openings import open_for_balance
from fondaco.wallets.queries.accounts import list_all_owners, list_holders
from fondaco.wallets.types import WALLET, TransferKind


def register() -> None:
    """Declare kinds of transfer and of order, and what hangs on a key; doing so again changes nothing."""
    fields.on_rotation(tokens.renew_digests)
    liabilities.register_owners("wallets", list_all_owners)
    audiences.register(WALLET, list_holders)
    openings.register_holder(open_for_balance)
    for kind in TransferKind:
        ledger.declare_kind(kind.value)
    kinds.register(OrderKind(name=movements.KIND, repeats=True, operation=Operation.MOVEMENT))
    kinds.register(
        OrderKind(
            name=cashouts.KIND,
            cancels_from=frozenset({OrderState.WAITING_FOR_OPERATOR}),
            operation=Operation.WITHDRAWAL,
            subtype=cashouts.SUBTYPE,
        )
    )
    risk_desk.on_decided(Operation.WITHDRAWAL, rejected=cashouts.reject_suspicious)
