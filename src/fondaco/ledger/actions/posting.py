"""Move money: within the caller's transaction, or through the intake in a transaction shared with others."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from psycopg import errors

from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import tenancy
from fondaco.kit.django.script import Script
from fondaco.kit.django.waiting import find_connection
from fondaco.ledger import intake, memory, store
from fondaco.ledger.actions.kinds import check_kinds
from fondaco.ledger.batch import Order
from fondaco.ledger.reading import named_accounts
from fondaco.ledger.types import (
    NO_COMPANIONS,
    Companions,
    LateSubmission,
    Outcome,
    Submission,
    Submitted,
    Transfer,
    UsageClaim,
)

QUICK_FROM: Final = 8
"""Smaller batches take the careful way: a savepoint to go back to costs them as much as it saves."""


def post(
    transfers: Sequence[Transfer], *, by: Actor, usage: Sequence[UsageClaim] = ()
) -> list[Outcome]:
    """Apply transfers in order within the caller's transaction and give an outcome for each.

    Refusals are returned, and kept when the transaction commits; an outermost action that rolls back hands
    them to :func:`record_refusals`. With ``usage`` all transfers are one group.

    :raises UndeclaredKind: a transfer is of a kind that no domain has declared
    :raises RuntimeError: no transaction is open
    :raises PartitionMissing: the table has no place for this month
    """
    database = find_connection()
    if not database.in_atomic_block:
        raise RuntimeError("ledger.post runs inside the caller's transaction.atomic()")
    check_kinds(transfers)
    if not transfers:
        return []
    order = Order(transfers, str(by), usage)
    with database.wrap_database_errors:
        return _write(order, database)


def submit(
    transfers: Sequence[Transfer], *, companions: Companions = NO_COMPANIONS, by: Actor
) -> Submitted:
    """Hand transfers to the intake, which posts them with what others hand in, and wait for the commit.

    :raises OutcomeUnknown: the answer did not come in time; the money may have moved, ask by key or id
    :raises KeyReused: the key was used for something else
    :raises RuntimeError: a transaction is open, which the intake could not be part of
    """
    _require_no_transaction()
    submission = Submission(transfers, companions)
    _check(submission)
    return intake.submit([submission], actor=str(by))[0]


def submit_late(late: LateSubmission, *, by: Actor) -> Submitted | Exception:
    """Hand over what the intake makes transfers of, once it has looked something up for a whole batch.

    Gives what it came to, or what the caller's own function gave instead of a submission.

    :raises OutcomeUnknown: the answer did not come in time; the money may have moved, ask by key or id
    :raises KeyReused: the key was used for something else
    :raises RuntimeError: a transaction is open
    """
    _require_no_transaction()

    def prepare(found: Any) -> Submission | Exception:
        made = late.prepare(found)
        if isinstance(made, Submission):
            _check(made)
        return made

    return intake.submit_late(replace(late, prepare=prepare), actor=str(by))


def submit_all(submissions: Sequence[Submission], *, by: Actor) -> list[Submitted]:
    """Hand many submissions to the intake at once; each succeeds or is refused by itself.

    :raises OutcomeUnknown: the answers did not come in time; ask by key or id
    :raises KeyReused: a key was used for something else; all others are posted all the same
    :raises RuntimeError: a transaction is open
    """
    _require_no_transaction()
    for submission in submissions:
        _check(submission)
    return intake.submit(submissions, actor=str(by))


def record_refusals(
    *, transfers: Sequence[Transfer], outcomes: Sequence[Outcome], by: Actor
) -> None:
    """Keep refused attempts whose transaction was rolled back, in a transaction of their own."""
    refused = [
        (transfer, outcome)
        for transfer, outcome in zip(transfers, outcomes, strict=True)
        if not outcome.is_done
    ]
    with transaction.atomic(), connection.cursor() as cursor, connection.wrap_database_errors:
        store.keep_refusals(Script(cursor.cursor), refused, actor=str(by))


def _require_no_transaction() -> None:
    if find_connection().in_atomic_block:
        raise RuntimeError("ledger.submit has a transaction of its own; call it outside atomic()")


def _check(submission: Submission) -> None:
    check_kinds(submission.transfers)
    if submission.companions.key is not None and submission.companions.answer is None:
        raise ValueError("a submission with a key says what is answered under it")


def _write(order: Order, database: Any) -> list[Outcome]:
    """Post one plain transfer with one call, and all else as a batch."""
    try:
        if len(order.transfers) == 1 and not order.claims:
            outcome = store.write_one(
                database, order.transfers[0], actor=order.actor, at=clock.now()
            )
            if outcome is not None:
                return [outcome]
        return _write_batch(order)
    except store.Moved as moved:
        # The first use of an id has committed since it was looked up; the caller's transaction is lost, and
        # whole actions are run again after a serialisation failure.
        again = errors.SerializationFailure(str(moved))
        raise OperationalError("an id was used a moment ago; run the action again") from again


def _write_batch(order: Order) -> list[Outcome]:
    """Take the quick way for large batches, the careful one for small ones and where the quick one failed."""
    remembered = memory.of(str(connection.settings_dict["NAME"]), tenancy.current().schema)
    if len(order.transfers) >= QUICK_FROM and not remembered.is_contended(
        named_accounts(order.transfers)
    ):
        try:
            return _write_once(order, remembered, careful=False)
        except store.Moved:
            remembered.contend(named_accounts(order.transfers))
    return _write_once(order, remembered, careful=True)


def _write_once(order: Order, remembered: memory.Memory, *, careful: bool) -> list[Outcome]:
    with connection.cursor() as cursor, store.refusals():
        script = Script(cursor.cursor)
        with nullcontext() if careful else script.savepoint():
            written = store.write(
                script, [order], now=clock.now, memory=remembered, careful=careful
            )
            if careful:
                script.run()
    transaction.on_commit(partial(remembered.keep, written.positions))
    return written.outcomes[0]
