"""Lines of a history, as people read them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as said, pgettext_lazy
from pydantic import BaseModel

from fondaco.console.money.fields import (
    SUMMARY_MAX,
    currency_field,
    date_field,
    day_begins,
    day_ends,
)
from fondaco.identity.queries import get_customers
from fondaco.identity.states import CustomerKind
from fondaco.kit.ids import encode
from fondaco.orders.types import PREFIX as ORDER
from fondaco.wallets.types import TRANSFER, WALLET, Operation, OperationFilter, TransferKind

KINDS: Final = {
    TransferKind.TOP_UP: said("Top-up"),
    TransferKind.CASH_OUT: said("Cash-out"),
    TransferKind.CHARGE: pgettext_lazy("what moved", "Charge"),
    TransferKind.REFUND: pgettext_lazy("what moved", "Refund"),
    TransferKind.MOVEMENT: said("Sent to a customer"),
    TransferKind.FEE: said("Fee"),
    "exchange.pay": said("Paid for an exchange"),
    "exchange.deliver": said("Got by an exchange"),
    "exchange.fee": said("Fee of an exchange"),
}
_OUTCOMES: Final = (("", said("All")), ("yes", said("Done")), ("no", said("Refused")))


@dataclass(frozen=True, slots=True)
class Line:
    """Show one operation: with whom, and the order that it belongs to."""

    one: Operation
    merchant: str
    order: str
    """The identifier as pages write it; empty: it belongs to none."""

    @classmethod
    def of(cls, one: Operation, merchant: str = "") -> "Line":
        """Show an operation."""
        return cls(one, merchant, _order(one.order_id))


class ExportLine(BaseModel):
    """Write one operation for programs."""

    date: datetime
    id: str
    kind: str
    wallet: str
    direction: str
    amount: str
    currency: str
    balance: str
    summary: str
    done: bool
    refusal: str
    order: str

    @classmethod
    def of(cls, one: Operation) -> "ExportLine":
        """Write an operation."""
        return cls.model_construct(
            date=one.at,
            id=encode(TRANSFER, one.transfer_id),
            kind=one.kind,
            wallet=encode(WALLET, one.wallet_id),
            direction="in" if one.incoming else "out",
            amount=one.amount.to_text(),
            currency=one.amount.asset.code,
            balance=one.balance.to_text() if one.balance else "",
            summary=one.summary,
            done=one.success,
            refusal=one.refusal or "",
            order=_order(one.order_id),
        )


class HistoryForm(forms.Form):
    """Narrow what is shown of a history."""

    text = forms.CharField(label=said("Text"), max_length=SUMMARY_MAX, required=False)
    kind = forms.ChoiceField(
        label=said("Kind"), choices=[("", said("All")), *KINDS.items()], required=False
    )
    currency = currency_field(required=False)
    since = date_field(label=said("From"))
    until = date_field(label=said("Until"))
    outcome = forms.ChoiceField(label=said("Outcome"), choices=_OUTCOMES, required=False)

    def to_filter(self) -> OperationFilter:
        """Give the filter; what is wrong narrows nothing."""
        self.is_valid()
        given: dict[str, Any] = getattr(self, "cleaned_data", {})
        outcome = given.get("outcome") or ""
        return OperationFilter(
            text=given.get("text") or None,
            kind=given.get("kind") or None,
            currency=(given.get("currency") or "").strip().upper() or None,
            since=day_begins(given.get("since")),
            until=day_ends(given.get("until")),
            success=None if not outcome else outcome == "yes",
        )


def described(operations: Iterable[Operation]) -> Sequence[Line]:
    """Add the names of merchants, which are public, to operations; a query for all of them."""
    found = list(operations)
    others = {one.counterparty_id for one in found if one.counterparty_id is not None}
    names = {
        customer_id: customer.name
        for customer_id, customer in (get_customers(others) if others else {}).items()
        if customer.kind is not CustomerKind.CLIENT
    }
    return [
        Line.of(one, names.get(one.counterparty_id, "") if one.counterparty_id else "")
        for one in found
    ]


def _order(order_id: UUID | None) -> str:
    return "" if order_id is None else encode(ORDER, order_id)
