"""Begin the books with balances that were somewhere else before: all of a file, or nothing of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.journal.models import OpeningBalance, OpeningFile
from fondaco.journal.openings import (
    Fault,
    Opening,
    Posting,
    Row,
    Unreadable,
    digest_of,
    find_code,
    read_rows,
)
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django.locks import lock_name
from fondaco.kit.errors import DomainError, InvalidField
from fondaco.kit.ids import encode, uuid7
from fondaco.ledger import actions as ledger
from fondaco.ledger.actions import declare_kind
from fondaco.ledger.actions.rights import Basis, check_adjustment
from fondaco.ledger.queries import get_account, list_assets
from fondaco.ledger.queries.codes import find_accounts
from fondaco.ledger.types import Account, AccountId, AccountKind, Transfer, TransferId
from fondaco.money import Asset, InvalidAmount, Money

OPENING: Final = declare_kind("ledger.opening")
OPENING_PREFIX: Final = "opn"
EQUITY: Final = "equity:opening"
_OPENED: Final = frozenset({AccountKind.LIABILITY, AccountKind.EQUITY})
"""New accounts of these kinds never fall below zero; others may go either way."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """Hold a row with what it posts."""

    row: Row
    account: Account
    transfer: Transfer
    posting: Posting


def import_balances(*, text: str, is_dry: bool, by: Actor) -> Opening:
    """Post the opening balances of a CSV file against ``equity:opening:<asset>``, once.

    A dry run does all of it and takes it back, so that it tells what the real one would. With a fault in any
    line nothing is posted. An amount stands on the account's normal side: what a wallet has, a bank holds.

    :raises InvalidField: the file is no table of opening balances
    :raises SignatureRequired: it is more than one person may adjust alone
    """
    try:
        rows = read_rows(text)
    except Unreadable as error:
        sentence = str(error)
        raise InvalidField(f"{sentence[:1].upper()}{sentence[1:]}.", field="file") from None
    with transaction.atomic():
        work = _Import(rows, by)
        done = work.run()
        if not (is_dry or done.faults or done.is_replay):
            check_adjustment(amounts=work.moved(), basis=Basis(may_adjust=True))
        if is_dry or done.faults:
            transaction.set_rollback(True)
            return replace(done, file_id=None)
    return done


class _Import:
    """Post one file within the caller's transaction."""

    def __init__(self, rows: Sequence[Row], by: Actor) -> None:
        self._rows = rows
        self._by = by
        self._assets = {asset.code: asset for asset in list_assets()}
        self._faults: list[Fault] = []
        self._entries: list[_Entry] = []
        self._lines: dict[AccountId, int] = {}
        self._equity: dict[str, Account] = {}
        self._known = find_accounts(codes={row.account for row in rows if row.account})

    def run(self) -> Opening:
        """Post, and tell what came of it."""
        lock_name("journal.openings")
        digest = digest_of(self._rows)
        before = OpeningFile.objects.filter(digest=digest).first()
        if before is not None:
            return Opening(file_id=before.id, is_replay=True, postings=[], faults=[], totals={})
        for row in self._rows:
            self._take(row)
        self._refuse_opened()
        if not self._rows:
            self._faults.append(Fault(line=1, field="file", reason="There are no lines."))
        if not self._faults:
            self._post()
        if not self._faults:
            return self._told(self._keep(digest))
        return self._told(None)

    def moved(self) -> list[Money]:
        """Sum by asset what all lines post."""
        sums: dict[Asset, int] = defaultdict(int)
        for entry in self._entries:
            sums[entry.account.asset] += entry.transfer.amount
        return [Money(total, asset) for asset, total in sums.items()]

    def _take(self, row: Row) -> None:
        asset = self._assets.get(row.currency)
        if asset is None:
            self._fault(row, "currency", f"{row.currency or 'Nothing'} is not declared.")
            return
        try:
            amount = Money.parse(row.amount, asset)
        except InvalidAmount as error:
            self._fault(row, "amount", f"{str(error)[:1].upper()}{str(error)[1:]}.")
            return
        if not amount.minor:
            self._fault(row, "amount", "Zero needs no opening balance.")
            return
        try:
            account = self._account(row, asset)
        except DomainError as refusal:
            named = "customer" if row.customer else "account"
            self._fault(row, refusal.field or named, refusal.detail)
            return
        self._lines[account.id] = row.line
        self._entries.append(self._entry(row, account, amount))

    def _account(self, row: Row, asset: Asset) -> Account:
        """Give the account of a row, opened where it says of which kind it is."""
        if bool(row.customer) == bool(row.account):
            raise InvalidField("Name an account or a customer, one of them.", field="account")
        account = self._known.get(row.account) or self._find_or_open(row, asset)
        if account.asset != asset:
            raise InvalidField(f"The account counts {account.asset.code}.", field="currency")
        if account.code.startswith(f"{EQUITY}:"):
            raise InvalidField("This account is the other side of them all.", field="account")
        if account.id in self._lines:
            line = self._lines[account.id]
            raise InvalidField(f"Line {line} names the same account.", field="account")
        return account

    def _find_or_open(self, row: Row, asset: Asset) -> Account:
        if row.customer:
            with transaction.atomic():
                return get_account(code=find_code(customer=row.customer, asset=asset, by=self._by))
        if row.account.startswith("wallets:"):
            raise InvalidField("There is no such wallet; name the customer.", field="account")
        if row.kind not in set(AccountKind):
            raise InvalidField("There is no such account; say of which kind it is.", field="kind")
        kind = AccountKind(row.kind)
        if len(row.account) > 200 or not row.account.isascii() or not row.account.isprintable():  # noqa: PLR2004 - the column's length
            raise InvalidField("A code has up to 200 plain letters.", field="account")
        floor = 0 if kind in _OPENED else None
        return ledger.open_account(
            code=row.account, asset=asset, kind=kind, floor=floor, by=self._by
        )

    def _entry(self, row: Row, account: Account, amount: Money) -> _Entry:
        equity = self._equity_of(amount.asset)
        grows_by_debit = account.kind.is_debit_normal is amount.is_positive
        debit, credit = (account, equity) if grows_by_debit else (equity, account)
        moved = Money(abs(amount.minor), amount.asset)
        transfer = Transfer(
            id=TransferId(uuid7()),
            debit=debit.id,
            credit=credit.id,
            amount=moved.minor,
            kind=OPENING,
            memo=row.memo,
        )
        posting = Posting(
            line=row.line,
            debit=debit.code,
            credit=credit.code,
            amount=moved.to_text(),
            currency=moved.asset.code,
        )
        return _Entry(row, account, transfer, posting)

    def _equity_of(self, asset: Asset) -> Account:
        if asset.code not in self._equity:
            self._equity[asset.code] = ledger.open_account(
                code=f"{EQUITY}:{asset.code}",
                asset=asset,
                kind=AccountKind.EQUITY,
                floor=None,
                by=self._by,
            )
        return self._equity[asset.code]

    def _refuse_opened(self) -> None:
        taken = OpeningBalance.objects.filter(account_id__in=list(self._lines))
        opened = set(taken.values_list("account_id", flat=True))
        for entry in self._entries:
            if entry.account.id in opened:
                self._fault(entry.row, "account", "This account has its opening balance already.")

    def _post(self) -> None:
        outcomes = ledger.post([entry.transfer for entry in self._entries], by=self._by)
        for entry, outcome in zip(self._entries, outcomes, strict=True):
            if not outcome.is_done:
                self._fault(entry.row, "account", f"The books refuse it: {outcome.reason}.")

    def _keep(self, digest: bytes) -> OpeningFile:
        file = OpeningFile.objects.create(
            id=uuid7(),
            digest=digest,
            rows=len(self._entries),
            posted_by=str(self._by),
            posted_at=clock.now(),
        )
        OpeningBalance.objects.bulk_create(
            OpeningBalance(account_id=one.account.id, transfer_id=one.transfer.id, file=file)
            for one in self._entries
        )
        audit.record(
            by=self._by,
            action="journal.openings.post",
            subject=encode(OPENING_PREFIX, file.id),
            detail={"rows": file.rows, "sha256": digest.hex(), "totals": dict(self._totals())},
        )
        return file

    def _totals(self) -> Mapping[str, str]:
        """Sum by currency what all lines post."""
        return {total.asset.code: total.to_text() for total in self.moved()}

    def _told(self, file: OpeningFile | None) -> Opening:
        return Opening(
            file_id=file.id if file else None,
            is_replay=False,
            postings=[entry.posting for entry in self._entries],
            faults=sorted(self._faults, key=lambda fault: fault.line),
            totals=self._totals(),
        )

    def _fault(self, row: Row, field: str, reason: str) -> None:
        self._faults.append(Fault(line=row.line, field=field, reason=reason))
