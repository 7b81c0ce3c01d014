"""Correct a transfer by a new one the other way, once."""

from typing import Any, Final

from django.db import connection, transaction

from fondaco.audit import actions as audit
from fondaco.kit.access import Actor
from fondaco.kit.errors import DomainError, Kind
from fondaco.kit.ids import encode, uuid7
from fondaco.ledger import queries
from fondaco.ledger.actions import declare_kind, lock_accounts, post
from fondaco.ledger.actions.rights import Basis, check_adjustment, check_right
from fondaco.ledger.dating import ID_WINDOW, least_id
from fondaco.ledger.types import (
    TRANSFER_PREFIX,
    Account,
    Outcome,
    PostedTransfer,
    Step,
    Transfer,
    TransferId,
)
from fondaco.money import Money

REVERSE: Final = declare_kind("ledger.reverse")

_FIND: Final = """
    SELECT id FROM ledger_transfer
    WHERE {side} = %(account)s AND {side}_version > %(version)s AND id >= %(id_min)s
      AND kind = %(kind)s AND reference = %(reference)s
    LIMIT 1
"""


class NotReversible(DomainError):
    """Say that the transfer moved nothing: a hold is voided instead, and a void cannot be undone."""

    code = "not_reversible"
    kind = Kind.CONFLICT
    title = "Only a transfer that moved money can be reversed."


class AlreadyReversed(DomainError):
    """Say that the transfer was reversed before."""

    code = "already_reversed"
    kind = Kind.CONFLICT
    title = "This transfer was reversed before."


def reverse_transfer(*, transfer_id: TransferId, basis: Basis, by: Actor) -> Outcome:
    """Post the same amount the other way, with a reference to the transfer; a refusal is returned and kept.

    :raises NotFound: there is no such transfer
    :raises NotReversible: it is a hold or a void
    :raises AlreadyReversed: another one has reversed it
    :raises Forbidden: it touches accounts outside ``custom:`` and the right is missing
    :raises InvalidField: the reason or the evidence of an adjustment is missing
    :raises SignatureRequired: it is more than one person may adjust alone
    """
    with transaction.atomic():
        found = queries.get_transfer(transfer_id=transfer_id)
        sides = (found.debit, found.credit)
        accounts = lock_accounts(sides)
        codes = [accounts[side].code for side in sides]
        if not check_right(codes=codes, basis=basis):
            moved = Money(found.amount, accounts[found.debit].asset)
            check_adjustment(amounts=[moved], basis=basis)
        if found.step not in (Step.POST, Step.CAPTURE):
            raise NotReversible
        before = _find_reversal(found, accounts[found.debit], accounts[found.credit])
        if before is not None:
            raise AlreadyReversed(facts={"reversed_by": encode(TRANSFER_PREFIX, before)})
        transfer = Transfer(
            id=TransferId(uuid7()),
            debit=found.credit,
            credit=found.debit,
            amount=found.amount,
            kind=REVERSE,
            reference=found.id,
            memo=found.memo,
            metadata=basis.grounds,
        )
        (outcome,) = post([transfer], by=by)
        audit.record(
            by=by,
            action="journal.transfer.reverse",
            subject=encode(TRANSFER_PREFIX, found.id),
            detail={
                "by": encode(TRANSFER_PREFIX, transfer.id),
                "result": outcome.result,
                **basis.grounds,
            },
        )
    return outcome


def _find_reversal(found: PostedTransfer, debit: Account, credit: Account) -> TransferId | None:
    """Look through what came after the transfer on the account where less came after it.

    The accounts are locked, so nobody reverses it meanwhile.
    """
    quiet = credit.version - found.credit_version < debit.version - found.debit_version
    # The reversal debits what was credited.
    side, account, version = (
        ("debit", credit, found.credit_version) if quiet else ("credit", debit, found.debit_version)
    )
    asked: dict[str, Any] = {
        "account": account.id,
        "version": version,
        "id_min": least_id(found.at - ID_WINDOW),
        "kind": REVERSE,
        "reference": found.id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIND.format(side=side), asked)
        row = cursor.fetchone()
    return TransferId(row[0]) if row else None
