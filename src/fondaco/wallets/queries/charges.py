"""Charges, read back from the ledger: the transfer is the charge."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from fondaco.kit.errors import NotFound
from fondaco.kit.ids import encode
from fondaco.ledger import queries as ledger
from fondaco.ledger.types import AccountId, HoldState, Step, TransferId
from fondaco.money import Money
from fondaco.wallets.queries.accounts import list_owners
from fondaco.wallets.types import TRANSFER, WALLET, ChargeState, TransferKind, WalletId

_BEGINNINGS: Final = frozenset({Step.POST, Step.HOLD})
_STATES: Final[Mapping[HoldState, ChargeState]] = {
    HoldState.OPEN: ChargeState.AUTHORISED,
    HoldState.CAPTURED: ChargeState.CAPTURED,
    HoldState.VOIDED: ChargeState.VOIDED,
    HoldState.EXPIRED: ChargeState.EXPIRED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """Describe a charge that the books hold, with both its accounts."""

    id: TransferId
    state: ChargeState
    amount: Money
    """What was charged or held."""
    taken: Money | None
    """What has moved; none while or after it was only held."""
    merchant_id: UUID
    payer_id: UUID
    payer_wallet_id: WalletId
    payer_account: AccountId
    payee_wallet_id: WalletId
    payee_account: AccountId
    summary: str
    at: datetime
    is_hold: bool
    """The charge was authorised first."""
    metadata: Mapping[str, Any]

    def told(self, amount: Money) -> dict[str, Any]:
        """Give what every event about the charge says; ``amount`` is what the event is about."""
        return {
            "transfer": encode(TRANSFER, self.id),
            "amount": amount,
            "summary": self.summary,
            "payer_wallet": encode(WALLET, self.payer_wallet_id),
            "payee_wallet": encode(WALLET, self.payee_wallet_id),
        }


def get_taking(*, charge_id: TransferId, merchant_id: UUID) -> Taking:
    """Give a charge that the merchant has made; a refused attempt is none.

    :raises NotFound: there is none
    """
    taking = find_taking(charge_id=charge_id)
    if taking is None or taking.merchant_id != merchant_id:
        raise NotFound
    return taking


def find_taking(*, charge_id: TransferId) -> Taking | None:
    """Give a charge that the books hold, whoever made it; none when there is no such one."""
    found = ledger.find_transfer(transfer_id=charge_id)
    if found is None or found.kind != TransferKind.CHARGE or found.step not in _BEGINNINGS:
        return None
    owners = list_owners(account_ids=[found.debit, found.credit])
    payer, payee = owners[found.debit], owners[found.credit]
    asset = ledger.get_accounts([found.debit])[found.debit].asset
    amount = Money(found.amount, asset)
    is_hold = found.step is Step.HOLD
    state, taken = _fate(charge_id, amount) if is_hold else (ChargeState.POSTED, amount)
    return Taking(
        id=charge_id,
        state=state,
        amount=amount,
        taken=taken,
        merchant_id=payee.customer_id,
        payer_id=payer.customer_id,
        payer_wallet_id=payer.wallet_id,
        payer_account=found.debit,
        payee_wallet_id=payee.wallet_id,
        payee_account=found.credit,
        summary=found.memo,
        at=found.at,
        is_hold=is_hold,
        metadata=found.metadata,
    )


def _fate(charge_id: TransferId, amount: Money) -> tuple[ChargeState, Money | None]:
    hold = ledger.get_hold(hold_id=charge_id)
    if hold.state is not HoldState.CAPTURED or hold.ended_by is None:
        return _STATES[hold.state], None
    end = ledger.get_transfer(transfer_id=hold.ended_by)
    return ChargeState.CAPTURED, Money(end.amount, amount.asset)
