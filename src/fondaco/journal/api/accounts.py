"""``/ledger``: the books as the house's own people read them; customers see wallets instead."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import AwareDatetime, Field

from fondaco.kit import clock
from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.lists import Listing, LongPaging, paged_by_text
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Currency, Strict, Text, WireId
from fondaco.kit.errors import Forbidden, InvalidField
from fondaco.ledger import actions, queries
from fondaco.ledger.actions import AccountDiffers
from fondaco.ledger.actions.rights import Basis, check_right
from fondaco.ledger.queries.history import HistoryDetached, InstantNotSettled
from fondaco.ledger.types import (
    TRANSFER_PREFIX,
    Account,
    AccountKind,
    Entry,
    EntryFilter,
    PostedTransfer,
    Result,
    Step,
    TransferId,
)
from fondaco.money import InvalidAmount, Money

router = Router(auth=staff, tags=["ledger"])

TransferWireId = Annotated[UUID, WireId(TRANSFER_PREFIX)]
Code = Annotated[Text, Field(max_length=200, examples=["providers:manual:USD"])]
NewCode = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9_]{0,39}(:[A-Za-z0-9_.-]{1,60}){1,4}$",
        max_length=200,
        examples=["custom:shop:till-1:USD"],
    ),
]
Sentence = Annotated[Text, Field(max_length=500)]

_READ = "ledger:read"
_WRITE = "ledger:write"
_ADJUST = "ledger:adjust"


class AccountOut(Strict):
    """Show an account with its balances, in major units on its normal side."""

    code: str = Field(examples=["providers:manual:USD"])
    currency: str
    kind: AccountKind
    posted: str = Field(examples=["12.34"])
    held: str = Field(description="What open holds may still take out.")
    available: str
    floor: str | None = Field(description="The least available balance; null: either way.")
    frozen: bool
    closed: bool
    version: int = Field(description="The number of transfers that have touched the account.")
    debits_posted: str = Field(description="All that was ever debited.")
    credits_posted: str
    debits_pending: str = Field(description="What open holds would debit.")
    credits_pending: str

    @classmethod
    def of(cls, account: Account) -> Self:
        """Show an account."""
        floor = account.floor
        return cls(
            code=account.code,
            currency=account.asset.code,
            kind=account.kind,
            posted=account.posted.to_text(),
            held=account.held.to_text(),
            available=account.available.to_text(),
            floor=None if floor is None else Money(floor, account.asset).to_text(),
            frozen=account.frozen,
            closed=account.closed,
            version=account.version,
            debits_posted=Money(account.debits_posted, account.asset).to_text(),
            credits_posted=Money(account.credits_posted, account.asset).to_text(),
            debits_pending=Money(account.debits_pending, account.asset).to_text(),
            credits_pending=Money(account.credits_pending, account.asset).to_text(),
        )


class AccountIn(Strict):
    """Take a new account."""

    code: NewCode
    currency: Currency
    kind: AccountKind
    floor: str | None = Field(
        default="0",
        max_length=42,
        description="The least available balance; null lets the account go either way.",
    )
    reason: Sentence = Field(default="", description="Why, outside ``custom:``.")
    evidence: Sentence = ""


class BalanceMomentIn(Strict):
    """Choose an instant or a version; neither: the present."""

    at: AwareDatetime | None = Field(default=None, description="Just before this instant.")
    version: int | None = Field(default=None, description="After so many transfers.", ge=0)


class AccountLineOut(Strict):
    """Show one line of an account's history, refused attempts included."""

    transfer: TransferWireId
    kind: str = Field(examples=["wallets.charge"])
    step: Step
    result: Result
    direction: str = Field(description="``debit`` or ``credit`` of this account.")
    amount: str
    balance_after: str | None = Field(description="Posted balance; null for a refused attempt.")
    version: int | None
    hold: TransferWireId | None
    group: TransferWireId | None
    memo: str
    at: datetime

    @classmethod
    def of(cls, entry: Entry, account: Account) -> Self:
        """Show an entry of the account."""
        balance = entry.balance_after
        return cls(
            transfer=entry.transfer_id,
            kind=entry.kind,
            step=entry.step,
            result=entry.result,
            direction="debit" if entry.is_debit else "credit",
            amount=Money(entry.amount, account.asset).to_text(),
            balance_after=None if balance is None else Money(balance, account.asset).to_text(),
            version=entry.version,
            hold=entry.hold_id,
            group=entry.group_id,
            memo=entry.memo,
            at=entry.at,
        )


class TransferOut(Strict):
    """Show a transfer with both its sides."""

    id: TransferWireId
    debit: str = Field(examples=["providers:manual:USD"])
    credit: str
    amount: str
    currency: str
    kind: str
    step: Step
    result: Result
    hold: TransferWireId | None
    group: TransferWireId | None
    expires_at: datetime | None
    memo: str
    metadata: dict[str, Any]
    actor: str
    at: datetime

    @classmethod
    def of(cls, transfer: PostedTransfer, debit: Account, credit: Account) -> Self:
        """Show a transfer between the two accounts."""
        return cls(
            id=transfer.id,
            debit=debit.code,
            credit=credit.code,
            amount=Money(transfer.amount, debit.asset).to_text(),
            currency=debit.asset.code,
            kind=transfer.kind,
            step=transfer.step,
            result=transfer.result,
            hold=transfer.hold_id,
            group=transfer.group_id,
            expires_at=transfer.expires_at,
            memo=transfer.memo,
            metadata=dict(transfer.metadata),
            actor=transfer.actor,
            at=transfer.at,
        )


class AccountsIn(LongPaging):
    """Take which accounts are looked for."""

    prefix: Code = Field(default="", description="Beginning of the codes, such as ``providers:``.")


class AccountHistoryIn(LongPaging):
    """Take which lines are looked for; ``since`` is included and ``until`` is not."""

    kind: Annotated[Text, Field(max_length=100)] | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    succeeded: bool | None = None


@router.get("/accounts")
def list_ledger_accounts(request: HttpRequest, asked: Query[AccountsIn]) -> Listing[AccountOut]:
    """List accounts in order of their codes."""
    require(principal(request), _READ)
    return paged_by_text(
        asked,
        lambda after, limit: queries.list_accounts(
            prefix=asked.prefix, after=after or "", limit=limit
        ),
        AccountOut.of,
    )


@router.post("/accounts", status=201, errors=(AccountDiffers,))
def open_ledger_account(request: HttpRequest, body: AccountIn) -> AccountOut:
    """Open an account; one that exists with the same asset and kind is given as it is."""
    who = principal(request)
    may_adjust = who.can(_ADJUST)
    basis = Basis(may_adjust=may_adjust, reason=body.reason, evidence=body.evidence)
    if not may_adjust:
        require(who, _WRITE)
    check_right(codes=[body.code], basis=basis, field="code")
    if body.code.startswith("wallets:"):
        raise Forbidden("Accounts of wallets are opened with the wallets.", field="code")
    asset = queries.find_asset(code=body.currency)
    if asset is None:
        raise InvalidField(f"{body.currency} is not declared.", field="currency")
    try:
        floor = None if body.floor is None else Money.parse(body.floor, asset).minor
    except InvalidAmount as error:
        raise InvalidField(f"{str(error).capitalize()}.", field="floor") from None
    account = actions.open_account(
        code=body.code, asset=asset, kind=body.kind, floor=floor, by=who.actor
    )
    return AccountOut.of(account)


@router.get("/accounts/{code}", errors=(InstantNotSettled, HistoryDetached))
def show_ledger_account(
    request: HttpRequest, code: Code, moment: Query[BalanceMomentIn]
) -> AccountOut:
    """Show one account as it is, or as it was before an instant or after so many transfers.

    Flags and floor are those of today.
    """
    require(principal(request), _READ)
    account = queries.get_account(code=code)
    if moment.at is not None and moment.version is not None:
        raise InvalidField("Choose an instant or a version, not both.", field="version")
    if moment.at is not None:
        queries.require_settled(moment.at, now=clock.now())
        account = queries.get_account_before(account_id=account.id, at=moment.at)
    elif moment.version is not None:
        account = queries.get_account_version(account_id=account.id, version=moment.version)
    return AccountOut.of(account)


@router.get("/accounts/{code}/history", errors=(HistoryDetached,))
def list_ledger_history(
    request: HttpRequest, code: Code, asked: Query[AccountHistoryIn]
) -> Listing[AccountLineOut]:
    """List what touched an account and what was refused, newest first, with the balance after each."""
    require(principal(request), _READ)
    account = queries.get_account(code=code)
    chosen = EntryFilter(
        kinds=[asked.kind] if asked.kind else [],
        since=asked.since,
        until=asked.until,
        succeeded=asked.succeeded,
    )
    return paged_by_text(
        asked,
        lambda after, limit: queries.list_entries(
            account_ids=[account.id], chosen=chosen, after=after, limit=limit
        ),
        lambda entry: AccountLineOut.of(entry, account),
    )


@router.get("/transfers/{transfer_id}")
def show_transfer(request: HttpRequest, transfer_id: TransferWireId) -> TransferOut:
    """Show one transfer; a refused attempt is found in the histories alone."""
    require(principal(request), _READ)
    transfer = queries.get_transfer(transfer_id=TransferId(transfer_id))
    accounts = queries.get_accounts([transfer.debit, transfer.credit])
    return TransferOut.of(transfer, accounts[transfer.debit], accounts[transfer.credit])
