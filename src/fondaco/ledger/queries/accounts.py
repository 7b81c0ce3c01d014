"""Read accounts and assets."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import connection

from fondaco.kit.django.lookups import Lookup
from fondaco.kit.errors import NotFound
from fondaco.kit.paging import Page
from fondaco.ledger import models
from fondaco.ledger.types import Account, AccountId, AccountKind
from fondaco.money import Asset, Money

_SELECT: Final = """
    SELECT account.id, account.code, asset.code, asset.scale, account.kind, account.floor,
           account.frozen, account.closed, account.debits_posted, account.credits_posted,
           account.debits_pending, account.credits_pending, account.version
    FROM ledger_account AS account JOIN ledger_asset AS asset ON asset.id = account.asset_id
"""
"""Plain SQL: building models costs more than the query."""
_BY_ID: Final = Lookup(
    _SELECT.replace("ledger_a", "{schema}.ledger_a") + "WHERE account.id = ANY($1::bigint[])"
)
"""Every page that shows a balance comes by here."""


_SUM: Final = """
    SELECT asset.code, asset.scale, account.kind, count(*),
           sum(debits_posted - credits_posted)
    FROM ledger_account AS account JOIN ledger_asset AS asset ON asset.id = account.asset_id
    WHERE starts_with(account.code, %s)
    GROUP BY asset.code, asset.scale, account.kind ORDER BY asset.code, account.kind
"""


def get_account(*, code: str) -> Account:
    """Give the account with a code.

    :raises NotFound: there is none
    """
    account = find_account(code=code)
    if account is None:
        raise NotFound("There is no such account.")
    return account


def find_account(*, code: str) -> Account | None:
    """Give the account with a code, or none."""
    return next(iter(select_accounts("WHERE account.code = %s", code)), None)


def get_accounts(account_ids: Iterable[AccountId], /) -> dict[AccountId, Account]:
    """Give accounts by their ids, as they are at one instant.

    :raises NotFound: one of them does not exist
    """
    ids = list(set(account_ids))
    accounts = {AccountId(row[0]): _account(row) for row in _BY_ID.rows(ids)} if ids else {}
    if len(accounts) < len(ids):
        raise NotFound("There is no such account.")
    return accounts


def list_accounts(*, prefix: str = "", after: str = "", limit: int) -> Page[Account]:
    """Give accounts whose codes begin with a prefix, in order of their codes, from after a code on."""
    accounts = select_accounts(
        "WHERE starts_with(account.code, %s) AND account.code > %s ORDER BY account.code LIMIT %s",
        prefix,
        after,
        limit + 1,
    )
    if len(accounts) <= limit:
        return Page(accounts)
    return Page(accounts[:limit], accounts[limit - 1].code)


def sum_accounts(*, prefix: str = "") -> list[tuple[AccountKind, int, Money]]:
    """Give what accounts hold whose codes begin with a prefix, by currency and kind, with their number."""
    with connection.cursor() as cursor:
        cursor.execute(_SUM, [prefix])
        return [
            (kind, count, Money(int(net if kind.is_debit_normal else -net), Asset(code, scale)))
            for code, scale, kind, count, net in (
                (*row[:2], AccountKind(row[2]), *row[3:]) for row in cursor.fetchall()
            )
        ]


def get_asset(*, code: str) -> Asset:
    """Give the declared asset with a code.

    :raises NotFound: there is none
    """
    asset = find_asset(code=code)
    if asset is None:
        raise NotFound(f"The asset {code} is not declared.")
    return asset


def find_asset(*, code: str) -> Asset | None:
    """Give the declared asset with a code, or none."""
    row = models.Asset.objects.filter(code=code).first()
    return None if row is None else Asset(row.code, row.scale)


def list_assets() -> list[Asset]:
    """Give all declared assets in order of their codes."""
    return [Asset(row.code, row.scale) for row in models.Asset.objects.order_by("code")]


def select_accounts(condition: str, *params: Any) -> list[Account]:
    """Give the accounts that meet a condition in SQL, which is never a caller's text."""
    with connection.cursor() as cursor:
        cursor.execute(_SELECT + condition, params)
        return [_account(row) for row in cursor.fetchall()]


def _account(row: Sequence[Any]) -> Account:
    return Account(
        id=AccountId(row[0]),
        code=row[1],
        asset=Asset(row[2], row[3]),
        kind=AccountKind(row[4]),
        floor=None if row[5] is None else int(row[5]),
        frozen=row[6],
        closed=row[7],
        debits_posted=int(row[8]),
        credits_posted=int(row[9]),
        debits_pending=int(row[10]),
        credits_pending=int(row[11]),
        version=row[12],
    )
