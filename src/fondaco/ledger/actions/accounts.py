"""Open accounts, freeze, unfreeze and close them, and set their floors.

Each change raises the account's revision, so that a batch that read the account before it cannot be written.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F

from fondaco.audit import actions as audit
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.django.locks import lock_rows
from fondaco.kit.errors import DomainError, Kind, NotFound
from fondaco.ledger import models, queries
from fondaco.ledger.events import (
    AccountClosed,
    AccountEvent,
    AccountFloorChanged,
    AccountFrozen,
    AccountOpened,
    AccountUnfrozen,
)
from fondaco.ledger.types import Account, AccountId, AccountKind
from fondaco.money import Asset

_INSERT: Final = """
    INSERT INTO ledger_account (code, asset_id, kind, floor, created_at, frozen, closed, debits_posted,
        credits_posted, debits_pending, credits_pending, version, revision)
    VALUES (%s, %s, %s, %s, %s, false, false, 0, 0, 0, 0, 0, 0)
    ON CONFLICT (code) DO NOTHING
"""


class AccountDiffers(DomainError):
    """Say that the code is taken by an account of another asset or kind."""

    code = "account_differs"
    kind = Kind.CONFLICT
    title = "An account of this code counts another asset or is of another kind."


class AccountNotEmpty(DomainError):
    """Say that an account with money or open holds cannot be closed."""

    code = "account_not_empty"
    kind = Kind.CONFLICT
    title = "Only an account at zero, without open holds, can be closed."


def open_account(
    *, code: str, asset: Asset, kind: AccountKind, floor: int | None, by: Actor
) -> Account:
    """Give the account with the code, opened when there is none; safe under any race.

    The floor, in minor units, is that of a new account; an old one keeps its own.

    :raises AccountDiffers: the account that exists counts another asset or is of another kind
    :raises NotFound: the asset is not declared
    """
    account = queries.find_account(code=code)
    if account is None:
        account = _open(code, asset, kind, floor, by)
    if (account.asset, account.kind) != (asset, kind):
        raise AccountDiffers(
            f"{code} is an account of kind {account.kind} in {account.asset}.",
            field="code",
        )
    return account


def lock_accounts(account_ids: Iterable[AccountId], /) -> dict[AccountId, Account]:
    """Let nobody else post to accounts until the transaction ends; gives them as they are.

    :raises NotFound: one of them does not exist
    """
    ids = set(account_ids)
    lock_rows(models.Account.objects.filter(pk__in=ids))
    return queries.get_accounts(ids)


def freeze_account(*, account_id: AccountId, by: Actor) -> Account:
    """Refuse all transfers of the account but voids; freezing again changes nothing.

    :raises NotFound: there is no such account
    """
    return _change(
        account_id,
        {"frozen": True},
        AccountFrozen,
        action="ledger.account.freeze",
        by=by,
    )


def unfreeze_account(*, account_id: AccountId, by: Actor) -> Account:
    """Let the account be posted to again; unfreezing again changes nothing.

    :raises NotFound: there is no such account
    """
    return _change(
        account_id,
        {"frozen": False},
        AccountUnfrozen,
        action="ledger.account.unfreeze",
        by=by,
    )


def close_account(*, account_id: AccountId, by: Actor) -> Account:
    """End the account for ever; closing again changes nothing.

    :raises AccountNotEmpty: its balance is not zero, or a hold is open
    :raises NotFound: there is no such account
    """
    with transaction.atomic():
        row = _lock(account_id)
        if (
            row.debits_posted != row.credits_posted
            or row.debits_pending != 0
            or row.credits_pending != 0
        ):
            raise AccountNotEmpty
        return _change(
            account_id,
            {"closed": True},
            AccountClosed,
            action="ledger.account.close",
            by=by,
        )


def set_floor(*, account_id: AccountId, floor: int | None, by: Actor) -> Account:
    """Set the least available balance in minor units; none lets the account go either way.

    What is below it already stays: only transfers that take out are refused.

    :raises NotFound: there is no such account
    """

    def told(*, code: str) -> AccountFloorChanged:
        return AccountFloorChanged(code=code, floor=None if floor is None else str(floor))

    return _change(account_id, {"floor": floor}, told, action="ledger.account.set_floor", by=by)


def _open(code: str, asset: Asset, kind: AccountKind, floor: int | None, by: Actor) -> Account:
    row = models.Asset.objects.filter(code=asset.code, scale=asset.scale).first()
    if row is None:
        raise NotFound(f"The asset {asset} is not declared.", field="asset")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_INSERT, [code, row.pk, kind.value, floor, clock.now()])
        if cursor.rowcount:
            audit.record(
                by=by,
                action="ledger.account.open",
                subject=code,
                detail={"asset": str(asset), "kind": kind.value},
            )
            events.publish(AccountOpened(code=code, asset=str(asset), kind=kind.value), by=by)
        return queries.get_account(code=code)


def _change(
    account_id: AccountId,
    to: Mapping[str, Any],
    event: Callable[..., AccountEvent],
    *,
    action: str,
    by: Actor,
) -> Account:
    with transaction.atomic():
        row = _lock(account_id)
        if any(getattr(row, name) != value for name, value in to.items()):
            models.Account.objects.filter(pk=account_id).update(revision=F("revision") + 1, **to)
            audit.record(by=by, action=action, subject=row.code, detail=_plain(to))
            events.publish(event(code=row.code), by=by)
        return queries.get_accounts([account_id])[account_id]


def _plain(to: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in to.items()
    }


def _lock(account_id: AccountId) -> models.Account:
    row = models.Account.objects.select_for_update(no_key=True).filter(pk=account_id).first()
    if row is None:
        raise NotFound("There is no such account.")
    return row
