"""Reads of provider accounts; what comes out holds credentials: it is for clients, never for answers."""

from uuid import UUID

from fondaco.connections import models
from fondaco.connections.errors import ProviderMissing
from fondaco.connections.states import Environment, Family, Health
from fondaco.connections.types import ProviderAccount
from fondaco.kit.errors import NotFound


def list_accounts(*, family: str = "", kind: str = "") -> list[ProviderAccount]:
    """List the accounts, of a family or kind where one is named, in the order in which they are asked."""
    rows = models.Account.objects.order_by("priority", "id")
    if family:
        rows = rows.filter(family=family)
    if kind:
        rows = rows.filter(kind=kind)
    return [describe(row) for row in rows]


def list_active(*, family: str = "", kind: str = "") -> list[ProviderAccount]:
    """List the enabled accounts in the order in which they are asked."""
    return [one for one in list_accounts(family=family, kind=kind) if one.enabled]


def get_active(*, kind: str) -> ProviderAccount:
    """Give the first enabled account of a kind.

    :raises ProviderMissing: there is none
    """
    found = list_active(kind=kind)
    if not found:
        raise ProviderMissing(facts={"provider": kind})
    return found[0]


def get_account(*, account_id: UUID) -> ProviderAccount:
    """Give an account, enabled or not.

    :raises NotFound: there is none
    """
    row = models.Account.objects.filter(id=account_id).first()
    if row is None:
        raise NotFound
    return describe(row)


def describe(row: models.Account) -> ProviderAccount:
    """Show a row."""
    return ProviderAccount(
        id=row.id,
        family=Family(row.family),
        kind=row.kind,
        label=row.label,
        environment=Environment(row.environment),
        credentials=dict(row.credentials),
        settings=row.settings,
        priority=row.priority,
        enabled=row.enabled,
        health=Health(row.health),
        health_detail=row.health_detail,
        checked_at=row.checked_at,
        version=row.version,
    )
