"""The books: all transfers, the accounts, one account with its lines, the trial balance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from fondaco.console.lists import Asked, Badge, Choice, Column, OperatorList, Total, show_list
from fondaco.console.operator.entrance import staff_page
from fondaco.console.operator.facts import Fact
from fondaco.console.operator.naming import account_url, transfer_url
from fondaco.console.pages import Answer, Page
from fondaco.console.templatetags.console import kind as kind_in_words
from fondaco.journal.queries.transfers import JournalLine, list_transfers, sum_transfers
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.kit.ids import decode
from fondaco.kit.paging import Page as Rows
from fondaco.ledger import queries
from fondaco.ledger.actions.kinds import list_kinds
from fondaco.ledger.types import TRANSFER_PREFIX, Account, AccountKind, Entry, EntryFilter, Step
from fondaco.money import Asset, Money
from fondaco.operators.rights import Right
from fondaco.proofs.queries.trial import get_trial_balance
from fondaco.reports.formats import Format, as_file
from fondaco.reports.papers import account_paper, draw
from fondaco.reports.statements import AccountStatement, Period, get_statement


@dataclass(frozen=True, slots=True)
class TransferRow:
    """Show a line of the journal with its amount as money."""

    line: JournalLine
    amount: Money


def _transfers(asked: Asked, after: str | None, limit: int) -> Rows[TransferRow]:
    page = list_transfers(
        since=asked.since, until=asked.until, kind=asked.get("kind"), after=after, limit=limit
    )
    assets = {asset.code: asset for asset in queries.list_assets()}
    rows = [TransferRow(one, Money.parse(one.amount, assets[one.currency])) for one in page.items]
    return Rows(rows, page.next)


def _moved(asked: Asked) -> Sequence[Total]:
    sums = sum_transfers(since=asked.since, until=asked.until, kind=asked.get("kind"))
    return [Total(one.count, [(_("Moved"), one.moved)]) for one in sums]


TRANSFERS: Final = OperatorList[TransferRow](
    name="transfers",
    title=_("Transfers"),
    columns=(
        Column("when", _("When"), lambda row: row.line.at),
        Column(
            "kind",
            _("Kind"),
            lambda row: kind_in_words(row.line.kind),
            link=lambda row: transfer_url(decode(TRANSFER_PREFIX, row.line.id)),
        ),
        Column("step", _("Step"), lambda row: _(row.line.step)),
        Column(
            "debit", _("Debit"), lambda row: row.line.debit, lambda row: account_url(row.line.debit)
        ),
        Column(
            "credit",
            _("Credit"),
            lambda row: row.line.credit,
            lambda row: account_url(row.line.credit),
        ),
        Column("amount", _("Amount"), lambda row: row.amount, is_money=True),
    ),
    fetch=_transfers,
    totals=_moved,
    choices=(
        Choice("kind", _("Kind"), lambda: [(one, kind_in_words(one)) for one in list_kinds()]),
    ),
    empty=_("Nothing has moved yet."),
)


def standing_of(account: Account) -> Badge:
    """Show whether an account can be posted to."""
    if account.closed:
        return Badge(_("closed"))
    return Badge(_("frozen"), "warn") if account.frozen else Badge(_("open"), "good")


def _accounts(asked: Asked, after: str | None, limit: int) -> Rows[Account]:
    return queries.list_accounts(prefix=asked.text, after=after or "", limit=limit)


def _held(asked: Asked) -> Sequence[Total]:
    found: dict[Asset, list[tuple[AccountKind, int, Money]]] = {}
    for kind, count, held in queries.sum_accounts(prefix=asked.text):
        found.setdefault(held.asset, []).append((kind, count, held))
    return [
        Total(sum(one[1] for one in many), [(_(kind.value), held) for kind, _count, held in many])
        for many in found.values()
    ]


ACCOUNTS: Final = OperatorList[Account](
    name="accounts",
    title=_("Accounts of the books"),
    columns=(
        Column("code", _("Code"), lambda one: one.code, link=lambda one: account_url(one.code)),
        Column("kind", _("Kind"), lambda one: _(one.kind.value)),
        Column("standing", _("Standing"), standing_of),
        Column("posted", _("Balance"), lambda one: one.posted, is_money=True),
        Column("held", _("Held"), lambda one: one.held, is_money=True),
    ),
    fetch=_accounts,
    totals=_held,
    searched=_("Code begins with"),
    is_dated=False,
    empty=_("No account has been opened yet."),
)


@dataclass(frozen=True, slots=True)
class Line:
    """Show an entry of an account in its asset."""

    entry: Entry
    account: Account

    @property
    def posted(self) -> Money | None:
        """Give what it moved; none for a hold or a void."""
        if self.entry.step not in {Step.POST, Step.CAPTURE}:
            return None
        return Money(self.entry.amount, self.account.asset)

    @property
    def balance(self) -> Money:
        """Give the balance after it."""
        return Money(self.entry.balance_after or 0, self.account.asset)


def _account_lines(shown: Account) -> OperatorList[Line]:
    def fetch(asked: Asked, after: str | None, limit: int) -> Rows[Line]:
        chosen = EntryFilter(since=asked.since, until=asked.until, succeeded=True)
        page = queries.list_entries(account_ids=[shown.id], chosen=chosen, after=after, limit=limit)
        return Rows([Line(one, shown) for one in page.items], page.next)

    def totals(asked: Asked) -> Sequence[Total]:
        found = _statement(shown, asked)
        debits, credits_ = (Money(one, shown.asset) for one in (found.debits, found.credits))
        return [Total(found.transfers, [(_("Debited"), debits), (_("Credited"), credits_)])]

    return OperatorList(
        name="account-lines",
        title=shown.code,
        columns=(
            Column("when", _("When"), lambda row: row.entry.at),
            Column(
                "kind",
                _("Kind"),
                lambda row: kind_in_words(row.entry.kind),
                link=lambda row: transfer_url(row.entry.transfer_id),
            ),
            Column("step", _("Step"), lambda row: _(row.entry.step.value)),
            Column("memo", _("Note"), lambda row: row.entry.memo),
            Column(
                "debit",
                _("Debit"),
                lambda row: row.posted if row.entry.is_debit else None,
                is_money=True,
            ),
            Column(
                "credit",
                _("Credit"),
                lambda row: None if row.entry.is_debit else row.posted,
                is_money=True,
            ),
            Column("balance", _("Balance"), lambda row: row.balance, is_money=True),
        ),
        fetch=fetch,
        totals=totals,
        empty=_("Nothing has touched this account yet."),
    )


def _statement(shown: Account, asked: Asked) -> AccountStatement:
    period = Period(since=asked.since, until=asked.until)
    return get_statement(account_id=shown.id, period=period, now=clock.now())


@staff_page(right=Right.LEDGER_READ, methods="GET HEAD POST")
def transfers(request: HttpRequest, visitor: Principal) -> Answer:
    """List all transfers of the books."""
    return show_list(request, visitor, TRANSFERS, template="operator/books.html", here="transfers")


@staff_page(right=Right.LEDGER_READ, methods="GET HEAD POST")
def accounts(request: HttpRequest, visitor: Principal) -> Answer:
    """List the accounts of the books."""
    return show_list(request, visitor, ACCOUNTS, template="operator/books.html", here="accounts")


@staff_page(right=Right.LEDGER_READ, methods="GET HEAD POST")
def account(request: HttpRequest, visitor: Principal, code: str) -> Answer:
    """Show an account with what it holds and its lines."""
    shown = queries.get_account(code=code)
    floor = "" if shown.floor is None else Money(shown.floor, shown.asset)
    facts = [
        Fact(_("Balance"), shown.posted),
        Fact(_("Held"), shown.held),
        Fact(_("Available"), shown.available),
        Fact(_("Least that may be available"), floor or _("none: it may go either way")),
        Fact(_("Kind"), _(shown.kind.value)),
        Fact(_("Standing"), standing_of(shown)),
        Fact(_("Transfers that touched it"), f"{shown.version:,}"),
    ]
    listed = _account_lines(shown)
    return show_list(
        request, visitor, listed, template="operator/account.html", facts=facts, account=shown
    )


@staff_page(right=Right.LEDGER_READ)
def account_statement(_request: HttpRequest, _visitor: Principal, code: str) -> Answer:
    """Send an account's statement from its beginning as a sheet to be printed."""
    shown, now = queries.get_account(code=code), clock.now()
    statement = get_statement(account_id=shown.id, period=Period(), now=now)
    paper = account_paper(statement=statement, zone=ZoneInfo("UTC"), now=now)
    return as_file(draw(paper), Format.PDF, name=f"statement-{now:%Y-%m-%d}")


@staff_page(right=Right.LEDGER_READ)
def trial_balance(request: HttpRequest, _visitor: Principal) -> Answer:
    """Show the trial balance as of the end of a day in UTC, or of all that is settled."""
    now = clock.now()
    horizon = queries.find_horizon(now=now)
    at = min(_end_of_day(request.GET.get("on", "")) or horizon, horizon)
    facts: dict[str, Any] = {
        "title": _("Trial balance"),
        "at": at,
        "trials": get_trial_balance(at=at),
        "here": "trial",
    }
    return Page("operator/trial.html", facts)


def _end_of_day(text: str) -> datetime | None:
    """Read a day; what is none asks for nothing."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return day.replace(hour=23, minute=59, second=59, microsecond=999_999)
