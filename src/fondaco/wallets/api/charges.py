"""``/charges``: charge a wallet by its token; capture, void and refund. For companies."""

from datetime import datetime
from typing import Annotated, Self

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from fondaco.kit.access import Role
from fondaco.kit.django.api import throttle
from fondaco.kit.django.api.idempotency import keyed
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import MoneyIn, MoneyOut, Strict, Text
from fondaco.kit.errors import NotFound
from fondaco.ledger.types import TransferId
from fondaco.money import Money
from fondaco.policies.errors import CHECKING, Stopped
from fondaco.wallets import refusals
from fondaco.wallets.actions import charges as actions, holds, refunds
from fondaco.wallets.api.asking import ask_as, once, tell
from fondaco.wallets.api.fields import (
    REFERENCE_MAX,
    Summary,
    TransferWireId,
    WalletWireId,
    money_in,
)
from fondaco.wallets.queries.charges import Taking, get_taking
from fondaco.wallets.types import Charge, ChargeAsk, ChargeState

router = Router(tags=["charges"])

CHARGE_REFUSALS = (
    NotFound,
    refusals.WalletRequired,
    refusals.OwnWallet,
    refusals.MerchantBlocked,
    refusals.InsufficientFunds,
    refusals.WalletFrozen,
    refusals.WalletClosed,
    refusals.AmountTooLarge,
    *CHECKING,
)


class ChargeIn(MoneyIn):
    """Take what is charged, and from whom."""

    wallet: Annotated[
        Text, Field(max_length=REFERENCE_MAX, description="The token of the payer's wallet.")
    ]
    summary: Summary = ""
    capture: bool = Field(
        default=True, description="False: only hold the amount, to be captured later."
    )

    def to_ask(self, *, within: str = "") -> ChargeAsk:
        """Give what is asked; ``within`` names the field that holds this object.

        :raises InvalidField: the currency is unknown, or the amount has more places than it
        """
        return ChargeAsk(
            token=self.wallet,
            amount=money_in(self, within=within),
            summary=self.summary,
            capture=self.capture,
        )


class PartIn(Strict):
    """Take a part of a charge; no amount means all of it."""

    amount: Annotated[MoneyIn | None, Field(description="Absent: all of it.")] = None

    def to_money(self) -> Money | None:
        """Give the part.

        :raises InvalidField: the currency is unknown, or the amount has more places than it
        """
        if self.amount is None:
            return None
        return money_in(self.amount, within="amount")


class RefundIn(PartIn):
    """Take a part to give back; no amount means all of it."""

    summary: Summary = ""


class ChargeOut(Strict):
    """Show how a charge, capture, void or refund came out, to the merchant."""

    id: TransferWireId
    state: ChargeState
    amount: MoneyOut
    source: WalletWireId
    wallet: WalletWireId = Field(description="The merchant's own wallet.")
    balance: MoneyOut = Field(description="What that wallet has available afterwards.")
    summary: str
    transfer: TransferWireId = Field(
        description="The transfer that did it: the charge itself, or its capture, void or refund."
    )
    at: datetime

    @classmethod
    def of(cls, charge: Charge) -> "ChargeOut":
        """Show a charge."""
        return cls.model_construct(
            id=charge.id,
            state=charge.state,
            amount=MoneyOut.of(charge.amount),
            source=charge.payer_wallet_id,
            wallet=charge.payee_wallet_id,
            balance=MoneyOut.of(charge.balance),
            summary=charge.summary,
            transfer=charge.transfer_id,
            at=charge.at,
        )


class ChargeStateOut(Strict):
    """Show a charge as the books hold it, to the merchant."""

    id: TransferWireId
    state: ChargeState
    amount: MoneyOut
    taken: MoneyOut | None = Field(description="What has moved; null while it is only held.")
    source: WalletWireId
    wallet: WalletWireId
    summary: str
    at: datetime

    @classmethod
    def of(cls, taking: Taking) -> Self:
        """Show a charge."""
        return cls(
            id=taking.id,
            state=taking.state,
            amount=MoneyOut.of(taking.amount),
            taken=MoneyOut.of(taking.taken) if taking.taken else None,
            source=taking.payer_wallet_id,
            wallet=taking.payee_wallet_id,
            summary=taking.summary,
            at=taking.at,
        )


@router.post("", status=201, limit=throttle.CHARGES, errors=CHARGE_REFUSALS)
@keyed("wallets.charge")
def charge(request: HttpRequest, body: ChargeIn) -> ChargeOut | HttpResponse:
    """Charge a wallet by its token, or only hold the amount."""
    asker = ask_as(request, "wallets:charge", Role.COMPANY)
    return tell(
        actions.charge(
            merchant_id=asker.customer_id,
            ask=body.to_ask(),
            once=once(request, "wallets.charge", ChargeOut.of),
            by=asker.actor,
        )
    )


@router.get("/{charge_id}")
def show_charge(request: HttpRequest, charge_id: TransferWireId) -> ChargeStateOut:
    """Show one of one's charges as it stands."""
    asker = ask_as(request, "wallets:read", Role.COMPANY)
    return ChargeStateOut.of(
        get_taking(charge_id=TransferId(charge_id), merchant_id=asker.customer_id)
    )


@router.post(
    "/{charge_id}/capture",
    limit=throttle.CHARGES,
    errors=(
        refusals.HoldEnded,
        refusals.ExceedsHold,
        refusals.WalletFrozen,
        refusals.WalletClosed,
        Stopped,
    ),
)
@keyed("wallets.capture")
def capture(
    request: HttpRequest, charge_id: TransferWireId, body: PartIn
) -> ChargeOut | HttpResponse:
    """Take all or a part of what is held; the rest is released."""
    asker = ask_as(request, "wallets:charge", Role.COMPANY)
    return tell(
        holds.capture(
            charge_id=TransferId(charge_id),
            merchant_id=asker.customer_id,
            amount=body.to_money(),
            once=once(request, "wallets.capture", ChargeOut.of, status=200),
            by=asker.actor,
        )
    )


@router.post("/{charge_id}/void", limit=throttle.CHARGES, errors=(refusals.HoldEnded,))
@keyed("wallets.void")
def void(request: HttpRequest, charge_id: TransferWireId) -> ChargeOut | HttpResponse:
    """Release what is held."""
    asker = ask_as(request, "wallets:charge", Role.COMPANY)
    return tell(
        holds.void(
            charge_id=TransferId(charge_id),
            merchant_id=asker.customer_id,
            once=once(request, "wallets.void", ChargeOut.of, status=200),
            by=asker.actor,
        )
    )


@router.post(
    "/{charge_id}/refunds",
    status=201,
    limit=throttle.CHARGES,
    errors=(
        refusals.NotCaptured,
        refusals.ExceedsCharge,
        refusals.InsufficientFunds,
        refusals.WalletFrozen,
        refusals.WalletClosed,
        Stopped,
    ),
)
@keyed("wallets.refund")
def refund(
    request: HttpRequest, charge_id: TransferWireId, body: RefundIn
) -> ChargeOut | HttpResponse:
    """Give back all or a part of what was taken."""
    asker = ask_as(request, "wallets:charge", Role.COMPANY)
    return tell(
        refunds.refund(
            charge_id=TransferId(charge_id),
            merchant_id=asker.customer_id,
            amount=body.to_money(),
            summary=body.summary,
            once=once(request, "wallets.refund", ChargeOut.of),
            by=asker.actor,
        )
    )
