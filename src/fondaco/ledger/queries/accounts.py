"""Read accounts and assets."""

from collections.abc import Iterable

from fondaco.kit.errors import NotFound
from fondaco.kit.paging import Page
from fondaco.ledger import models
from fondaco.ledger.types import Account, AccountId, AccountKind
from fondaco.money import Asset


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
    row = models.Account.objects.select_related("asset").filter(code=code).first()
    return None if row is None else _account(row)


def get_accounts(account_ids: Iterable[AccountId], /) -> dict[AccountId, Account]:
    """Give accounts by their ids, as they are at one instant.

    :raises NotFound: one of them does not exist
    """
    ids = list(set(account_ids))
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_BY_ID, (ids,))
        accounts = {AccountId(row[0]): _read(row) for row in cursor.fetchall()}
    if len(accounts) < len(ids):
        raise NotFound("There is no such account.")
    return accounts


def list_accounts(*, prefix: str = "", after: str = "", limit: int) -> Page[Account]:
    """Give accounts whose codes begin with a prefix, in order of their codes, from after a code on."""
    rows = models.Account.objects.select_related("asset").filter(
        code__startswith=prefix, code__gt=after
    )
    accounts = [_account(row) for row in rows.order_by("code")[: limit + 1]]
    if len(accounts) <= limit:
        return Page(accounts)
    return Page(accounts[:limit], accounts[limit - 1].code)


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


def _read(row: Sequence[Any]) -> Account:
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


def _account(row: models.Account) -> Account:
    return Account(
        id=AccountId(row.pk),
        code=row.code,
        asset=Asset(row.asset.code, row.asset.scale),
        kind=AccountKind(row.kind),
        floor=None if row.floor is None else int(row.floor),
        frozen=row.frozen,
        closed=row.closed,
        debits_posted=int(row.debits_posted),
        credits_posted=int(row.credits_posted),
        debits_pending=int(row.debits_pending),
        credits_pending=int(row.credits_pending),
        version=row.version,
    )
