"""``/wallets/{token}/statement``: what a wallet held at both ends of a period, and all of it on paper."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from fondaco.kit import clock
from fondaco.kit.access import require, require_customer
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.lists import Listing, LongPaging, paged_by_text
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Currency, MoneyOut, Strict
from fondaco.ledger import queries as ledger
from fondaco.ledger.queries.history import HistoryDetached
from fondaco.reports.api.fields import (
    CustomerWireId,
    Reference,
    ReportPeriodIn,
    TransferWireId,
    WalletWireId,
    instant_text,
)
from fondaco.reports.formats import Format, as_file, chosen_format
from fondaco.reports.papers import StatementTooLong, draw, wallet_paper
from fondaco.reports.wallets import get_wallet_statement
from fondaco.wallets import refusals
from fondaco.wallets.actions.currencies import default_asset
from fondaco.wallets.queries.assets import get_asset
from fondaco.wallets.queries.history import list_transactions
from fondaco.wallets.queries.wallets import get_wallet_by_reference
from fondaco.wallets.types import Operation, OperationFilter

router = Router(tags=["wallets"])


class StatementIn(ReportPeriodIn):
    """Choose currency, period and form of a statement."""

    currency: Currency | None = None


class StatementOut(Strict):
    """Show what a wallet held at both ends of a period."""

    wallet: WalletWireId
    currency: str
    since: datetime | None = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")
    opening: MoneyOut
    closing: MoneyOut
    settled: bool = Field(description="True: this will never read otherwise.")


class StatementLinesIn(LongPaging):
    """Choose currency and period of a statement."""

    currency: Currency | None = None
    since: datetime | None = Field(default=None, alias="from")
    until: datetime | None = Field(default=None, alias="to")


class HistoryLineOut(Strict):
    """Show one line of a statement."""

    date: datetime
    id: TransferWireId
    kind: str
    summary: str
    counterparty: CustomerWireId | None
    debit: str = Field(description="What went out; empty otherwise.")
    credit: str = Field(description="What came in; empty otherwise.")
    balance: str = Field(description="What the wallet held afterwards.")

    @classmethod
    def of(cls, operation: Operation) -> "HistoryLineOut":
        """Show a line."""
        amount = operation.amount.to_text()
        return cls.model_construct(
            date=operation.at,
            id=operation.transfer_id,
            kind=operation.kind,
            summary=operation.summary,
            counterparty=operation.counterparty_id,
            debit="" if operation.incoming else amount,
            credit=amount if operation.incoming else "",
            balance=operation.balance.to_text() if operation.balance else "",
        )


@router.get(
    "/{token}/statement",
    errors=(refusals.UnknownCurrency, HistoryDetached, StatementTooLong),
    operation_id="wallets_show_statement",
)
def show_statement(
    request: HttpRequest, token: Reference, asked: Query[StatementIn]
) -> StatementOut | HttpResponse:
    """Show what a wallet held at both ends of a period, in one currency; as PDF with every move between.

    See ``…/statement/lines`` for the moves as JSON or CSV.
    """
    customer_id = require_customer(require(principal(request), "wallets:read"))
    wallet = get_wallet_by_reference(reference=token, customer_id=customer_id)
    asset = get_asset(code=asked.currency) if asked.currency else default_asset()
    now = clock.now()
    until = asked.until or now
    if chosen_format(request, asked.format, offered=(Format.JSON, Format.PDF)) is Format.PDF:
        paper = wallet_paper(
            wallet=wallet, asset=asset, since=asked.since, until=until, zone=asked.zone, now=now
        )
        name = f"statement-{asset.code}-{instant_text(asked.since)}-{instant_text(until)}"
        return as_file(draw(paper), Format.PDF, name=name)
    found = get_wallet_statement(wallet_id=wallet.id, asset=asset, since=asked.since, until=until)
    return StatementOut.model_construct(
        wallet=found.wallet_id,
        currency=asset.code,
        since=found.since,
        until=found.until,
        opening=MoneyOut.of(found.opening),
        closing=MoneyOut.of(found.closing),
        settled=until <= ledger.find_horizon(now=now),
    )


@router.get(
    "/{token}/statement/lines",
    errors=(HistoryDetached,),
    operation_id="wallets_list_statement_lines",
)
def list_statement_lines(
    request: HttpRequest, token: Reference, paging: Query[StatementLinesIn]
) -> Listing[HistoryLineOut]:
    """List each move of money in a period with the balance after it, newest first."""
    customer_id = require_customer(require(principal(request), "wallets:read"))
    wallet = get_wallet_by_reference(reference=token, customer_id=customer_id)
    narrow = OperationFilter(
        currency=paging.currency or default_asset().code, since=paging.since, until=paging.until
    )
    return paged_by_text(
        paging,
        lambda after, limit: list_transactions(
            wallet_ids=[wallet.id],
            customer_id=customer_id,
            narrow=narrow,
            after=after,
            limit=limit,
        ),
        HistoryLineOut.of,
    )
