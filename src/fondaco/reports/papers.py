"""What goes on paper: statements of wallets for customers, and of accounts for the house.

What draws them is loaded with the first one: most processes never draw any.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from importlib import import_module
from typing import Final
from zoneinfo import ZoneInfo

from fondaco.identity.queries import get_customer
from fondaco.kit.errors import DomainError, Kind
from fondaco.kit.ids import encode
from fondaco.kit.options import options
from fondaco.kit.paging import LIMIT_MAX
from fondaco.ledger import queries as ledger
from fondaco.ledger.types import TRANSFER_PREFIX, Entry, Step
from fondaco.money import Asset, Money
from fondaco.reports.statements import AccountStatement, list_lines
from fondaco.reports.types import PaperLine, StatementPaper
from fondaco.reports.wallets import get_wallet_statement
from fondaco.wallets.queries.history import list_transactions
from fondaco.wallets.types import Operation, OperationFilter, Wallet

LINES_MAX: Final = 5_000
_MONEY_MOVES: Final = frozenset({Step.POST, Step.CAPTURE})


class StatementTooLong(DomainError):
    """Say that so many lines make no document; CSV takes any number."""

    code = "statement_too_long"
    kind = Kind.CONFLICT
    title = f"A document has {LINES_MAX} lines at most; choose a shorter period, or CSV."


def wallet_paper(
    *,
    wallet: Wallet,
    asset: Asset,
    since: datetime | None,
    until: datetime,
    zone: ZoneInfo,
    now: datetime,
) -> StatementPaper:
    """Put together a customer's statement of one wallet in one currency.

    :raises HistoryDetached: a part of the period is in the archive
    :raises StatementTooLong: the period has too many lines
    """
    operations = _operations(wallet, asset, since, until)
    ends = get_wallet_statement(wallet_id=wallet.id, asset=asset, since=since, until=until)
    opening = closing = ends.opening
    if operations:
        first, last = operations[0], operations[-1]
        opening = _balance(first) + (first.amount if not first.incoming else -first.amount)
        closing = _balance(last)
    holder = get_customer(wallet.customer_id)
    zero = Money.zero(asset)
    return StatementPaper(
        house=options().house_name,
        address=options().house_address,
        holder=[holder.name, *([wallet.label] if wallet.label else []), holder.wire_id],
        account_label="Wallet",
        account=wallet.wire_id,
        since=since and since.astimezone(zone),
        until=min(until, now).astimezone(zone),
        zone=zone.key,
        issued_at=now.astimezone(zone),
        is_settled=until <= ledger.find_horizon(now=now),
        opening=opening,
        closing=closing,
        paid_in=sum((one.amount for one in operations if one.incoming), zero),
        paid_out=sum((one.amount for one in operations if not one.incoming), zero),
        heads=("Money out", "Money in"),
        lines=[_wallet_line(one, zone) for one in operations],
    )


def account_paper(*, statement: AccountStatement, zone: ZoneInfo, now: datetime) -> StatementPaper:
    """Put together the statement of an account of the ledger.

    :raises StatementTooLong: the period has too many lines
    """
    account = statement.opening
    asset = account.asset
    if statement.transfers > LINES_MAX:
        raise StatementTooLong
    return StatementPaper(
        house=options().house_name,
        address=options().house_address,
        holder=[account.code, f"{account.kind.value.capitalize()} account"],
        account_label="Versions",
        account=f"{statement.opening.version + 1} to {statement.closing.version}",
        since=statement.since and statement.since.astimezone(zone),
        until=statement.until.astimezone(zone),
        zone=zone.key,
        issued_at=now.astimezone(zone),
        is_settled=statement.is_settled,
        opening=statement.opening.posted,
        closing=statement.closing.posted,
        paid_in=Money(statement.credits, asset),
        paid_out=Money(statement.debits, asset),
        heads=("Debit", "Credit"),
        lines=list(_account_lines(statement, zone)),
    )


def draw(paper: StatementPaper) -> bytes:
    """Give a statement as PDF."""
    drawn: bytes = import_module("fondaco.reports.paper.statement").draw_statement(paper)
    return drawn


def lines_of(statement: AccountStatement) -> Iterator[Entry]:
    """Go through the transfers of a statement, oldest first."""
    return list_lines(
        account_id=statement.opening.id,
        after=statement.opening.version,
        upto=statement.closing.version,
    )


def label_of(kind: str) -> str:
    """Write a kind of transfer for people: ``wallets.top_up`` is a *Top up*."""
    return kind.rpartition(".")[2].replace("_", " ").capitalize()


def _operations(
    wallet: Wallet, asset: Asset, since: datetime | None, until: datetime
) -> Sequence[Operation]:
    """Give the moves of money of a period, oldest first."""
    narrow = OperationFilter(currency=asset.code, since=since, until=until)
    found: list[Operation] = []
    after: str | None = None
    while True:
        page = list_transactions(
            wallet_ids=[wallet.id],
            customer_id=wallet.customer_id,
            narrow=narrow,
            after=after,
            limit=LIMIT_MAX,
        )
        found += page.items
        if len(found) > LINES_MAX:
            raise StatementTooLong
        if page.next is None:
            return found[::-1]
        after = page.next


def _balance(operation: Operation) -> Money:
    return operation.balance or Money.zero(operation.amount.asset)


def _wallet_line(operation: Operation, zone: ZoneInfo) -> PaperLine:
    return PaperLine(
        at=operation.at.astimezone(zone),
        text=label_of(operation.kind),
        small=_joined([operation.summary, encode(TRANSFER_PREFIX, operation.transfer_id)]),
        out=None if operation.incoming else operation.amount,
        into=operation.amount if operation.incoming else None,
        balance=_balance(operation),
    )


def _account_lines(statement: AccountStatement, zone: ZoneInfo) -> Iterator[PaperLine]:
    asset = statement.opening.asset
    for entry in lines_of(statement):
        amount = Money(entry.amount, asset)
        moved = amount if entry.step in _MONEY_MOVES else None
        note = "" if moved else f"{entry.step.value} of {amount.to_text()}, nothing posted"
        yield PaperLine(
            at=entry.at.astimezone(zone),
            text=label_of(entry.kind),
            small=_joined([note, entry.memo, encode(TRANSFER_PREFIX, entry.transfer_id)]),
            out=moved if entry.is_debit else None,
            into=None if entry.is_debit else moved,
            balance=Money(entry.balance_after or 0, asset),
        )


def _joined(parts: Iterable[str]) -> str:
    return " · ".join(part for part in parts if part)
