"""``/ledger/…/statement`` and ``/ledger/trial-balance``: the books of the house, for its own people."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Annotated, Final, Self
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query
from pydantic import AwareDatetime, Field

from fondaco.kit import clock
from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.lists import stream_pages
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, Text, WireId
from fondaco.kit.errors import InvalidField
from fondaco.kit.paging import LIMIT_DEFAULT, LIMIT_MAX
from fondaco.ledger import queries
from fondaco.ledger.queries.history import HistoryDetached, InstantNotSettled
from fondaco.ledger.types import TRANSFER_PREFIX, Account, AccountKind, Entry, Step
from fondaco.money import Money
from fondaco.proofs.queries.trial import AssetTrial, TrialLine, get_trial_balance
from fondaco.reports.api.fields import ReportPeriodIn, instant_text
from fondaco.reports.formats import Format, as_file, chosen_format
from fondaco.reports.papers import StatementTooLong, account_paper, draw, lines_of
from fondaco.reports.statements import (
    CHUNK,
    AccountStatement,
    Period,
    get_statement,
    list_lines,
)

router = Router(auth=staff, tags=["ledger"])

TransferWireId = Annotated[UUID, WireId(TRANSFER_PREFIX)]
Code = Annotated[Text, Field(max_length=200, examples=["providers:manual:USD"])]
_READ: Final = "ledger:read"
_ALL: Final = (Format.JSON, Format.CSV, Format.PDF)


class AccountPeriodIn(ReportPeriodIn):
    """Choose a period by instants or by versions, and a page of its lines."""

    from_version: int | None = Field(default=None, ge=0, description="After so many transfers.")
    to_version: int | None = Field(default=None, ge=0, description="Up to this version.")
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT
    after: int | None = Field(
        default=None, ge=0, description="Lines after this version: ``next`` of the page before."
    )

    def period(self) -> Period:
        """Give the period.

        :raises InvalidField: one end is named twice
        """
        for instant, version, name in (
            (self.since, self.from_version, "from_version"),
            (self.until, self.to_version, "to_version"),
        ):
            if instant is not None and version is not None:
                raise InvalidField("Choose an instant or a version, not both.", field=name)
        return Period(
            since=self.since,
            until=self.until,
            since_version=self.from_version,
            until_version=self.to_version,
        )


class EndOut(Strict):
    """Show what an account held at one end of a period, on its normal side."""

    version: int
    posted: str
    held: str
    available: str

    @classmethod
    def of(cls, account: Account) -> Self:
        """Show an end."""
        return cls(
            version=account.version,
            posted=account.posted.to_text(),
            held=account.held.to_text(),
            available=account.available.to_text(),
        )


class BooksLineOut(Strict):
    """Show one transfer of a statement; a hold or a void posts nothing."""

    version: int
    at: datetime
    transfer: TransferWireId
    kind: str = Field(examples=["wallets.charge"])
    step: Step
    debit: str = Field(description="Posted on the debit side; empty otherwise.")
    credit: str = Field(description="Posted on the credit side; empty otherwise.")
    balance: str = Field(description="Posted balance after it.")
    amount: str = Field(description="What the transfer was about, posted or not.")
    memo: str

    @classmethod
    def of(cls, entry: Entry, account: Account) -> "BooksLineOut":
        """Show a line."""
        amount = Money(entry.amount, account.asset).to_text()
        posted = amount if entry.step in {Step.POST, Step.CAPTURE} else ""
        return cls.model_construct(
            version=entry.version or 0,
            at=entry.at,
            transfer=entry.transfer_id,
            kind=entry.kind,
            step=entry.step,
            debit=posted if entry.is_debit else "",
            credit="" if entry.is_debit else posted,
            balance=Money(entry.balance_after or 0, account.asset).to_text(),
            amount=amount,
            memo=entry.memo,
        )


class AccountStatementOut(Strict):
    """Show a statement of an account: both ends, sums, and a page of lines, oldest first."""

    code: str
    currency: str
    kind: AccountKind
    since: datetime | None = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")
    settled: bool = Field(description="True: this will never read otherwise.")
    opening: EndOut
    closing: EndOut
    debits: str = Field(description="Posted on the debit side in the period.")
    credits: str = Field(description="Posted on the credit side in the period.")
    transfers: int = Field(description="Transfers in the period, holds among them.")
    items: list[BooksLineOut]
    next: int | None = Field(description="``after`` of the next page; null at the end.")


class TrialLineOut(Strict):
    """Show a sum of accounts."""

    kind: AccountKind
    group: str | None = Field(description="First word of the codes; null: all of the kind.")
    accounts: int
    debits: str
    credits: str
    debit_balance: str = Field(description="Empty when the balance stands on the other side.")
    credit_balance: str
    held: str

    @classmethod
    def of(cls, line: TrialLine) -> Self:
        """Show a sum."""
        net = line.net
        return cls(
            kind=line.kind,
            group=line.group or None,
            accounts=line.accounts,
            debits=line.debits.to_text(),
            credits=line.credits.to_text(),
            debit_balance=net.to_text() if net.minor > 0 else "",
            credit_balance=(-net).to_text() if net.minor < 0 else "",
            held=line.held.to_text(),
        )


class TrialAssetOut(Strict):
    """Show one currency: its debits equal its credits."""

    currency: str
    debits: str
    credits: str
    balanced: bool
    kinds: list[TrialLineOut]
    lines: list[TrialLineOut]

    @classmethod
    def of(cls, trial: AssetTrial) -> Self:
        """Show an asset."""
        return cls(
            currency=trial.asset.code,
            debits=trial.debits.to_text(),
            credits=trial.credits.to_text(),
            balanced=trial.is_balanced,
            kinds=[TrialLineOut.of(line) for line in trial.kinds],
            lines=[TrialLineOut.of(line) for line in trial.lines],
        )


class TrialBalanceOut(Strict):
    """Show the trial balance as it was just before an instant."""

    at: datetime
    balanced: bool
    currencies: list[TrialAssetOut]


class TrialRow(TrialLineOut):
    """Write a sum as a row of CSV."""

    currency: str


class BooksMomentIn(Strict):
    """Choose an instant and the form of the answer."""

    at: AwareDatetime | None = Field(
        default=None, description="Just before this instant; absent: all that is settled."
    )
    format: Format | None = Field(default=None, description="Absent: what ``Accept`` prefers.")


@router.get(
    "/accounts/{code}/statement",
    errors=(HistoryDetached, StatementTooLong),
    operation_id="ledger_show_statement",
)
def show_account_statement(
    request: HttpRequest, code: Code, asked: Query[AccountPeriodIn]
) -> AccountStatementOut | HttpResponseBase:
    """Show what an account held at both ends of a period and each transfer between; JSON, CSV or PDF.

    A period that has not ended is told as far as it goes (``settled`` is false).
    """
    require(principal(request), _READ)
    account = queries.get_account(code=code)
    now = clock.now()
    statement = get_statement(account_id=account.id, period=asked.period(), now=now)
    form = chosen_format(request, asked.format, offered=_ALL)
    if form is Format.CSV:
        return stream_pages(_pages(lines_of(statement), account), BooksLineOut)
    if form is Format.PDF:
        paper = account_paper(statement=statement, zone=asked.zone, now=now)
        ends = f"{instant_text(asked.since)}-{instant_text(statement.until)}"
        return as_file(draw(paper), Format.PDF, name=f"statement-{ends}")
    return _page(statement, asked)


@router.get("/trial-balance", errors=(HistoryDetached, InstantNotSettled))
def show_trial_balance(
    request: HttpRequest, asked: Query[BooksMomentIn]
) -> TrialBalanceOut | HttpResponseBase:
    """Sum up all accounts by currency, kind and group, as they were just before an instant."""
    require(principal(request), _READ)
    now = clock.now()
    if asked.at is not None:
        queries.require_settled(asked.at, now=now)
    at = asked.at or queries.find_horizon(now=now)
    trials = get_trial_balance(at=at)
    if chosen_format(request, asked.format, offered=(Format.JSON, Format.CSV)) is Format.CSV:
        return stream_pages([list(_rows(trials))], TrialRow)
    return TrialBalanceOut(
        at=at,
        balanced=all(trial.is_balanced for trial in trials),
        currencies=[TrialAssetOut.of(trial) for trial in trials],
    )


def _page(statement: AccountStatement, asked: AccountPeriodIn) -> AccountStatementOut:
    opening, closing = statement.opening, statement.closing
    after = max(asked.after or 0, opening.version)
    items = [
        BooksLineOut.of(entry, opening)
        for entry in list_lines(
            account_id=opening.id, after=after, upto=closing.version, limit=asked.limit
        )
    ]
    last = after + len(items)
    return AccountStatementOut.model_construct(
        code=opening.code,
        currency=opening.asset.code,
        kind=opening.kind,
        since=statement.since,
        until=statement.until,
        settled=statement.is_settled,
        opening=EndOut.of(opening),
        closing=EndOut.of(closing),
        debits=Money(statement.debits, opening.asset).to_text(),
        credits=Money(statement.credits, opening.asset).to_text(),
        transfers=statement.transfers,
        items=items,
        next=last if last < closing.version else None,
    )


def _pages(entries: Iterator[Entry], account: Account) -> Iterator[list[BooksLineOut]]:
    while page := [BooksLineOut.of(entry, account) for entry in islice(entries, CHUNK)]:
        yield page


def _rows(trials: Iterable[AssetTrial]) -> Iterator[TrialRow]:
    for trial in trials:
        for line in trial.lines:
            shown = TrialLineOut.of(line).model_dump()
            yield TrialRow(currency=trial.asset.code, **shown)
