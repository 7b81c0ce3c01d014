"""``/wallets/{token}/history`` and ``/statement``, ``/transactions``: what happened to the money."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.kit.access import require, require_customer
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.lists import Listing, LongPaging, paged_by_text
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Amount, Currency, MoneyIn, MoneyOut, Strict, Text, WireId
from fondaco.kit.errors import NotFound
from fondaco.ledger.queries.history import HistoryDetached
from fondaco.ledger.types import TransferId
from fondaco.money import Money
from fondaco.orders.types import PREFIX as ORDER
from fondaco.reports.api.fields import (
    REFERENCE_MAX,
    CustomerWireId,
    Reference,
    TransferWireId,
    WalletWireId,
)
from fondaco.wallets.actions.currencies import default_asset
from fondaco.wallets.queries import history as queries
from fondaco.wallets.queries.assets import find_asset
from fondaco.wallets.queries.wallets import get_wallet_id
from fondaco.wallets.types import Operation, OperationFilter

router = Router(tags=["wallets"])
transactions = Router(tags=["transactions"])

OrderWireId = Annotated[UUID, WireId(ORDER)]


class _MovesPaging(LongPaging):
    """Narrow what happened to the money."""

    currency: Currency | None = None
    since: datetime | None = Field(default=None, alias="from")
    until: datetime | None = Field(default=None, alias="to")
    kind: Annotated[Text, Field(max_length=40, examples=["wallets.charge"])] | None = None
    counterparty: Annotated[Text, Field(max_length=REFERENCE_MAX)] | None = Field(
        default=None, description="A wal_… or cus_… identifier."
    )
    amount_min: Amount | None = None
    amount_max: Amount | None = None
    text: Annotated[Text, Field(max_length=140)] | None = Field(
        default=None, description="Part of the summary, in any case."
    )

    def to_filter(self, *, success: bool | None = None) -> OperationFilter:
        """Give the filter; amounts are in the currency that is asked for, or in the default one.

        :raises InvalidField: an amount has more places than its currency, which may be unknown
        """
        return OperationFilter(
            kind=self.kind,
            currency=self._currency(),
            since=self.since,
            until=self.until,
            counterparty=self.counterparty,
            success=success,
            amount_min=self._money(self.amount_min),
            amount_max=self._money(self.amount_max),
            text=self.text,
        )

    def _currency(self) -> str | None:
        by_amount = self.amount_min is not None or self.amount_max is not None
        return self.currency or (default_asset().code if by_amount else None)

    def _money(self, amount: str | None) -> Money | None:
        if amount is None:
            return None
        given = MoneyIn(amount=amount, currency=self.currency)
        return given.to_money(default_asset(), lambda code: find_asset(code=code))


class HistoryPaging(_MovesPaging):
    """Narrow a history."""

    success: bool | None = None


class TransactionPaging(_MovesPaging):
    """Narrow a list of transactions, of one wallet or of all; each is a success."""

    wallet: Reference | None = None


class OperationOut(Strict):
    """Show one line of a history: a success or a refused attempt."""

    id: TransferWireId
    kind: str = Field(examples=["wallets.charge"])
    step: str = Field(description="post, hold, capture or void", examples=["post"])
    source: WalletWireId | None = Field(description="Null: from outside.")
    target: WalletWireId | None = Field(description="Null: out of the house.")
    summary: str
    amount: MoneyOut
    direction: str = Field(description="in or out", examples=["in"])
    success: bool
    refusal: str | None = Field(description="The code that the caller of a failed attempt got.")
    balance: MoneyOut | None = Field(description="What the wallet held afterwards.")
    counterparty: CustomerWireId | None
    order: OrderWireId | None
    date: datetime

    @classmethod
    def of(cls, operation: Operation) -> "OperationOut":
        """Show an operation."""
        return cls.model_construct(
            id=operation.transfer_id,
            kind=operation.kind,
            step=operation.step,
            source=operation.source,
            target=operation.target,
            summary=operation.summary,
            amount=MoneyOut.of(operation.amount),
            direction="in" if operation.incoming else "out",
            success=operation.success,
            refusal=operation.refusal,
            balance=MoneyOut.of(operation.balance) if operation.balance else None,
            counterparty=operation.counterparty_id,
            order=operation.order_id,
            date=operation.at,
        )


class TransactionOut(Strict):
    """Show one move of money."""

    id: TransferWireId
    type: str = Field(examples=["wallets.top_up"])
    wallet: WalletWireId
    direction: str = Field(description="in or out", examples=["in"])
    amount: MoneyOut
    summary: str
    order: OrderWireId | None
    created_at: datetime

    @classmethod
    def of(cls, operation: Operation) -> "TransactionOut":
        """Show a transaction."""
        return cls.model_construct(
            id=operation.transfer_id,
            type=operation.kind,
            wallet=operation.wallet_id,
            direction="in" if operation.incoming else "out",
            amount=MoneyOut.of(operation.amount),
            summary=operation.summary,
            order=operation.order_id,
            created_at=operation.at,
        )


@router.get("/{token}/history", errors=(HistoryDetached,))
def list_history(
    request: HttpRequest, token: Reference, paging: Query[HistoryPaging]
) -> Listing[OperationOut]:
    """List what happened in a wallet, failed attempts included, newest first."""
    customer_id = _asker(request)
    wallet_id = get_wallet_id(reference=token, customer_id=customer_id)
    narrow = paging.to_filter(success=paging.success)
    return paged_by_text(
        paging,
        lambda after, limit: queries.list_operations(
            wallet_ids=[wallet_id],
            customer_id=customer_id,
            narrow=narrow,
            after=after,
            limit=limit,
        ),
        OperationOut.of,
    )


@transactions.get("", errors=(NotFound, HistoryDetached))
def list_transactions(
    request: HttpRequest, paging: Query[TransactionPaging]
) -> Listing[TransactionOut]:
    """List the moves of money in one or all of one's wallets, newest first."""
    customer_id = _asker(request)
    chosen = None
    if paging.wallet is not None:
        chosen = [get_wallet_id(reference=paging.wallet, customer_id=customer_id)]
    narrow = paging.to_filter()
    return paged_by_text(
        paging,
        lambda after, limit: queries.list_transactions(
            wallet_ids=chosen,
            customer_id=customer_id,
            narrow=narrow,
            after=after,
            limit=limit,
        ),
        TransactionOut.of,
    )


@transactions.get("/{transfer_id}")
def show_transaction(request: HttpRequest, transfer_id: TransferWireId) -> TransactionOut:
    """Show one move of money in one of one's wallets."""
    customer_id = _asker(request)
    return TransactionOut.of(
        queries.get_transaction(transfer_id=TransferId(transfer_id), customer_id=customer_id)
    )


def _asker(request: HttpRequest) -> UUID:
    return require_customer(require(principal(request), "wallets:read"))
