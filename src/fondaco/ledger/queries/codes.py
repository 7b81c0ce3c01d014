"""Find many accounts and holds at once, as a batch names them."""

from collections.abc import Collection, Mapping
from uuid import UUID

from fondaco.ledger import models
from fondaco.ledger.queries.accounts import select_accounts
from fondaco.ledger.types import Account, AccountId


def find_accounts(*, codes: Collection[str]) -> Mapping[str, Account]:
    """Give accounts by their codes; codes that nobody knows are left out."""
    found = select_accounts("WHERE account.code = ANY(%s)", list(codes)) if codes else []
    return {account.code: account for account in found}


def find_hold_sides(*, hold_ids: Collection[UUID]) -> Mapping[UUID, tuple[AccountId, AccountId]]:
    """Give the debit and credit accounts of holds; what is no hold is left out."""
    rows = models.Hold.objects.filter(pk__in=hold_ids).values_list("id", "debit", "credit")
    return {id_: (AccountId(debit), AccountId(credit)) for id_, debit, credit in rows}
