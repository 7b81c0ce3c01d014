"""Hand one transfer to the ledger's intake, with all that must commit with it.

This is the way of charges, captures, refunds and top-ups. They share batches with everybody else's, so
nothing here opens a transaction: the replay check, the balance, the caps, the event, the audit row and the
stored answer are decided and written together by the ledger's poster.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fondaco.audit import actions as audit
from fondaco.audit.types import AuditEntry
from fondaco.kit.access import Actor
from fondaco.kit.django import events, idempotency
from fondaco.kit.django.events import DomainEvent, EventRow
from fondaco.kit.django.idempotency import Answer
from fondaco.kit.errors import DomainError
from fondaco.ledger import actions as ledger
from fondaco.ledger.types import (
    NO_ACCOUNT,
    AccountId,
    Companions,
    Outcome,
    Submission,
    Transfer,
    UsageClaim,
)
from fondaco.wallets.refusals import refusal_of
from fondaco.wallets.types import Answered, Charge, Once, ToppedUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Say what is told about a transfer once its outcome is known; every member is pure and quick."""

    action: str
    """The audit trail's word, such as ``wallets.charge``."""
    done: Callable[[Outcome], DomainEvent]
    """The event of a success."""
    refused: Callable[[Outcome, DomainError], DomainEvent]
    """The event of a refusal."""
    result: Callable[[Outcome], Charge | ToppedUp]
    """What a success is for the caller."""
    refusal: Callable[[Outcome], DomainError] = refusal_of
    """What a refusal is for the caller."""
    receiver: AccountId = NO_ACCOUNT
    """Who gets the money, where the transfer itself does not say so, as that of a capture."""


def submit(
    transfer: Transfer,
    *,
    story: Story,
    legs: Sequence[Transfer] = (),
    usage: Sequence[UsageClaim] = (),
    once: Once,
    by: Actor,
) -> Answered:
    """Post one transfer and its fee through the intake; give the answer that is now stored under the key."""
    asked = build(transfer, story=story, legs=legs, usage=usage, once=once, by=by)
    submitted = ledger.submit(asked.transfers, companions=asked.companions, by=by)
    return answered(submitted.answer, replayed=submitted.replayed)


def build(
    transfer: Transfer,
    *,
    story: Story,
    legs: Sequence[Transfer] = (),
    usage: Sequence[UsageClaim] = (),
    once: Once,
    by: Actor,
) -> Submission:
    """Join a transfer with its fee (``legs``), its claims, its key and what is told about it."""
    transfers = [transfer._replace(linked=bool(legs)), *legs]

    def answer(outcomes: Sequence[Outcome]) -> Answer:
        outcome = _with_fee(story.receiver or transfer.credit, transfers, outcomes)
        if outcome.is_done:
            return once.done(story.result(outcome))
        return once.refused(story.refusal(outcome))

    def records(outcomes: Sequence[Outcome]) -> tuple[list[EventRow], list[AuditEntry]]:
        outcome = outcomes[0]
        refusal = None if outcome.is_done else story.refusal(outcome)
        event = story.done(outcome) if refusal is None else story.refused(outcome, refusal)
        entry = audit.entry(
            by=by,
            action=story.action,
            subject=event.subject,
            detail={"result": "done" if refusal is None else refusal.code},
            at=outcome.at,
        )
        return [events.row(event, by=by, at=outcome.at)], [entry]

    return Submission(
        transfers=transfers,
        companions=Companions(usage=usage, key=once.key, answer=answer, records=records),
    )


def _with_fee(
    receiver: AccountId, transfers: Sequence[Transfer], outcomes: Sequence[Outcome]
) -> Outcome:
    """Give the outcome of the transfer itself, with what its receiver has after a fee that he paid."""
    outcome = outcomes[0]
    if len(outcomes) == 1 or transfers[1].debit != receiver:
        return outcome
    return outcome._replace(credit_available=outcomes[1].debit_available)


def refuse(refusal: DomainError, *, once: Once) -> Answered:
    """Answer a request that cannot be sent to the ledger at all: a replay first, else the refusal, stored."""

    def perform() -> Answer:
        raise refusal

    answer, replayed = idempotency.once(once.key, perform, refusal=once.refused)
    return Answered(answer, replayed=replayed)


def answered(answer: Answer | None, *, replayed: bool) -> Answered:
    """Join what the intake gives back for a submission with a key.

    :raises AssertionError: the submission had none, so there is no answer
    """
    if answer is None:
        raise AssertionError("a submission with a key has an answer")
    return Answered(answer, replayed=replayed)
