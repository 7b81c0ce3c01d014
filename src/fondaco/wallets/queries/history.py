"""What happened in a wallet: successes and refused attempts, newest first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fondaco.kit.errors import NotFound
from fondaco.kit.ids import InvalidId, decode
from fondaco.kit.paging import Page
from fondaco.ledger import queries as ledger
from fondaco.ledger.types import AccountId, Entry, EntryFilter, Step, TransferId
from fondaco.money import Asset, Money
from fondaco.wallets.queries.accounts import (
    AccountOwner,
    list_counterparty_accounts,
    list_customer_accounts,
    list_owners,
)
from fondaco.wallets.refusals import refusal_for
from fondaco.wallets.types import (
    CUSTOMER,
    WALLET,
    Operation,
    OperationFilter,
    TransferKind,
    WalletId,
)

_MONEY_MOVES: Final = (Step.POST, Step.CAPTURE)
_WITH_ORDER: Final = frozenset({TransferKind.MOVEMENT.value, TransferKind.CASH_OUT.value})
"""Kinds whose reference is an order."""


@dataclass(frozen=True, slots=True)
class _Names:
    """What is needed to name accounts: their assets and their owners."""

    assets: Mapping[AccountId, Asset]
    owners: Mapping[AccountId, AccountOwner]

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> "_Names":
        own = {entry.account_id for entry in entries}
        every = {number for entry in entries for number in (entry.debit, entry.credit)}
        accounts = ledger.get_accounts(own)
        return cls(
            {number: account.asset for number, account in accounts.items()},
            list_owners(account_ids=every | own),
        )


def list_operations(
    *,
    wallet_ids: Iterable[WalletId] | None = None,
    customer_id: UUID,
    narrow: OperationFilter | None = None,
    after: str | None = None,
    limit: int,
) -> Page[Operation]:
    """Give a page of what happened in wallets of the customer (all, unless some are named), newest first.

    :raises InvalidCursor: ``after`` is not what a page gave
    """
    return _list(_accounts(customer_id, wallet_ids, narrow), narrow, (), after, limit)


def list_transactions(
    *,
    wallet_ids: Iterable[WalletId] | None = None,
    customer_id: UUID,
    narrow: OperationFilter | None = None,
    after: str | None = None,
    limit: int,
) -> Page[Operation]:
    """Give a page of the moves of money alone: no holds, no releases, and no attempts.

    :raises InvalidCursor: ``after`` is not what a page gave
    """
    return _list(_accounts(customer_id, wallet_ids, narrow), narrow, _MONEY_MOVES, after, limit)


def get_transaction(*, transfer_id: TransferId, customer_id: UUID) -> Operation:
    """Give one move of money of the customer; seen from the paying side where both are his.

    :raises NotFound: there is none
    """
    mine = list(list_customer_accounts(customer_id=customer_id))
    entry = ledger.find_entry(transfer_id=transfer_id, account_ids=mine)
    if entry is None or entry.step not in _MONEY_MOVES:
        raise NotFound
    return _operation(entry, _Names.of([entry]))


def _accounts(
    customer_id: UUID, wallet_ids: Iterable[WalletId] | None, narrow: OperationFilter | None
) -> list[AccountId]:
    mine = list_customer_accounts(customer_id=customer_id)
    chosen = None if wallet_ids is None else set(wallet_ids)
    currency = narrow.currency if narrow else None
    return [
        number
        for number, place in mine.items()
        if (chosen is None or place.wallet_id in chosen)
        and (currency is None or place.currency == currency)
    ]


def _list(
    account_ids: Sequence[AccountId],
    narrow: OperationFilter | None,
    steps: Sequence[Step],
    after: str | None,
    limit: int,
) -> Page[Operation]:
    chosen = _filter(narrow or OperationFilter(), steps)
    if not account_ids or chosen is None:
        return Page([])
    page = ledger.list_entries(account_ids=account_ids, chosen=chosen, after=after, limit=limit)
    names = _Names.of(page.items)
    return Page([_operation(entry, names) for entry in page.items], page.next)


def _filter(narrow: OperationFilter, steps: Sequence[Step]) -> EntryFilter | None:
    """Say it in the ledger's words; none when the counterparty has no account, so nothing can fit."""
    counterparties = _counterparties(narrow.counterparty)
    if counterparties is not None and not counterparties:
        return None
    return EntryFilter(
        kinds=[narrow.kind] if narrow.kind else (),
        steps=steps,
        counterparties=tuple(sorted(counterparties or ())),
        since=narrow.since,
        until=narrow.until,
        succeeded=True if steps else narrow.success,
        amount_min=narrow.amount_min.minor if narrow.amount_min else None,
        amount_max=narrow.amount_max.minor if narrow.amount_max else None,
        text=narrow.text or "",
    )


def _counterparties(reference: str | None) -> frozenset[AccountId] | None:
    if reference is None:
        return None
    try:
        if reference.startswith(f"{CUSTOMER}_"):
            return list_counterparty_accounts(customer_id=decode(CUSTOMER, reference))
        return list_counterparty_accounts(wallet_id=decode(WALLET, reference))
    except InvalidId:
        return frozenset()


def _operation(entry: Entry, names: _Names) -> Operation:
    asset = names.assets[entry.account_id]
    source, target = names.owners.get(entry.debit), names.owners.get(entry.credit)
    other = target if entry.is_debit else source
    has_order = entry.kind in _WITH_ORDER
    return Operation(
        transfer_id=entry.transfer_id,
        kind=entry.kind,
        step=entry.step.value,
        wallet_id=names.owners[entry.account_id].wallet_id,
        source=source.wallet_id if source else None,
        target=target.wallet_id if target else None,
        summary=entry.memo,
        amount=Money(entry.amount, asset),
        incoming=not entry.is_debit,
        success=entry.is_done,
        refusal=None if entry.is_done else _refusal_code(entry),
        balance=None if entry.balance_after is None else Money(entry.balance_after, asset),
        counterparty_id=other.customer_id if other else None,
        reference=entry.reference,
        order_id=entry.reference if has_order else None,
        at=entry.at,
    )


def _refusal_code(entry: Entry) -> str:
    return refusal_for(entry.result, kind=entry.kind, metadata=entry.metadata).code
