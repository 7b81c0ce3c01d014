"""Check what somebody wants to do, and count it: one call in each operation of the platform.

``check`` is for actions with a transaction of their own; ``prepare`` for what goes through the ledger's
intake, which counts the claims itself, in the transaction of the money.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from fondaco.identity import queries as identity
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.ledger.actions import usage
from fondaco.ledger.queries.usage import find_usage
from fondaco.ledger.types import UsageClaim
from fondaco.money import Money
from fondaco.policies import book as books, deciding, limits, models
from fondaco.policies.actions import risk
from fondaco.policies.types import NOTHING_SAID, Ask, Decision, Effective

COUNTS: Final = "counts"
"""Under this name the metadata of a hold say what it counted against limits, for a void to give back."""


def check(
    *, ask: Ask, reference: UUID | None = None, can_wait: bool = False, by: Actor
) -> Decision:
    """Let an operation pass and count it, in the caller's transaction.

    The caller has locked its own rows, and nothing of the ledger yet: locks go down the layers.

    :param reference: of the order, under which :func:`give_back` and an operator's answer will find it
    :param can_wait: the operation can wait for an operator: a hold is then a verdict, not a refusal, and
        what a rule gives to an operator is the caller's to bring there
    :raises Stopped: a stop is in the way
    :raises OperationDisabled: a rule switches it off
    :raises LimitExceeded: a limit would be passed
    :raises UsdRateStale: a limit is in dollars, and nobody knows the rate
    :raises StepUpRequired: a rule wants a code, and none was given lately at this device
    :raises UnderReview: an operator looks at it first
    :raises RiskRefused: a rule against fraud says no
    """
    book = books.current()
    if ask.operation not in book.busy:
        return Decision(effective=NOTHING_SAID, fee=Money.zero(ask.amount.asset))
    weighed = deciding.weigh(ask, book=book)
    _check_code(weighed.effective, by=by)
    found = risk.look(
        ask=ask,
        book=book,
        reference=reference,
        can_wait=can_wait,
        needs_operator=weighed.effective.needs_operator and not can_wait,
        by=by,
    )
    if weighed.claims:
        _count(weighed, reference)
    return Decision(
        effective=weighed.effective,
        fee=weighed.fee,
        verdict=found.verdict,
        reasons=found.reasons,
        case_id=found.case_id,
    )


def prepare(*, ask: Ask, by: Actor) -> Decision:
    """Let an operation pass that goes through the ledger's intake with the decision's claims.

    A hold refuses, since nobody waits there. What is raised is what :func:`check` raises; a limit that is
    passed is found by the ledger, and :attr:`Decision.refusal` says what that means.
    """
    book = books.current()
    if ask.operation not in book.busy:
        return Decision(effective=NOTHING_SAID, fee=Money.zero(ask.amount.asset))
    weighed = deciding.weigh(ask, book=book)
    _check_code(weighed.effective, by=by)
    needs_operator = weighed.effective.needs_operator
    if book.fraud or needs_operator:
        with transaction.atomic():
            risk.look(
                ask=ask,
                book=book,
                reference=None,
                can_wait=False,
                needs_operator=needs_operator,
                by=by,
            )
    if not weighed.claims:
        return Decision(effective=weighed.effective, fee=weighed.fee)
    counted = find_usage(keys=[(one.usage.counter, one.usage.window) for one in weighed.claims])
    return Decision(
        effective=weighed.effective,
        fee=weighed.fee,
        claims=tuple(claim.usage for claim in weighed.claims),
        refusal=lambda: limits.refusal(weighed.claims, counted),
    )


def check_stops(*, ask: Ask) -> None:
    """Pass silently when nothing is stopped that a further step of an operation needs.

    :raises Stopped: a stop is in the way
    """
    deciding.check_stops(ask, book=books.current())


def give_back(*, reference: UUID) -> None:
    """Give back what an operation counted, since nothing came of it; again changes nothing.

    In the transaction that voids it. A refund gives nothing back.
    """
    row = models.Count.objects.select_for_update().filter(reference=reference).first()
    if row is None:
        return
    usage.count(returned(row.counts))
    row.delete()


def returned(counts: object, *, amount: int | None = None, whole: int = 0) -> list[UsageClaim]:
    """Give claims that undo what was counted, as ``written`` wrote it; of a part its share of the amounts."""
    claims = []
    for counter, window, counted, times in counts if isinstance(counts, list) else ():
        back = int(counted) if amount is None else int(counted) * amount // whole
        claims.append(
            UsageClaim(
                counter=counter,
                window=window,
                amount=-back,
                times=-int(times) if amount is None else 0,
            )
        )
    return claims


def written(claims: tuple[UsageClaim, ...]) -> list[list[str | int]]:
    """Write claims down as JSON has them; amounts as text, since they may be long."""
    return [[one.counter, one.window, str(one.amount), one.times] for one in claims]


def with_counts(*, metadata: Mapping[str, Any], decision: Decision) -> dict[str, Any]:
    """Give a hold's metadata together with what the hold counted."""
    return {**metadata, COUNTS: written(decision.claims)}


def given_back(*, metadata: Mapping[str, Any], held: int, taken: int = 0) -> list[UsageClaim]:
    """Give the claims that undo what a hold counted: all of it, or what was not taken."""
    counts = metadata.get(COUNTS)
    if taken:
        return returned(counts, amount=held - taken, whole=held)
    return returned(counts)


def _check_code(effective: Effective, *, by: Actor) -> None:
    """Pass silently unless a rule wants a code, and the person at the device gave none lately."""
    if effective.needs_code:
        identity.check_step_up(session_id=by.session_id, at=clock.now())


def _count(weighed: deciding.Weighed, reference: UUID | None) -> None:
    claims = tuple(claim.usage for claim in weighed.claims)
    if not usage.count(claims):
        keys = [(one.counter, one.window) for one in claims]
        raise limits.refusal(weighed.claims, find_usage(keys=keys))
    if reference is not None:
        models.Count.objects.create(
            reference=reference, counts=written(claims), counted_at=clock.now()
        )
