"""What becomes of what is suspicious: held for an operator, or refused, with its reasons kept."""

from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity.types import customer_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events, lifecycle
from fondaco.kit.django.locks import lock_name
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import encode, uuid7
from fondaco.kit.options import options
from fondaco.policies import aside, fraud, models, risk_desk
from fondaco.policies.book import Book
from fondaco.policies.errors import RiskRefused, UnderReview
from fondaco.policies.events import RiskDecided, RiskFound
from fondaco.policies.fraud import Attempt
from fondaco.policies.rows import fraud_rule_wire, show_case
from fondaco.policies.states import CASE_LIFE, CaseState
from fondaco.policies.types import CASE_PREFIX, Ask, Case, Verdict

_REPEATED: Final = timedelta(hours=1)
"""The like of what was refused within this time opens no further case."""


class _Finding(NamedTuple):
    """Say why an operation is not just let pass, and by which rule against fraud; empty: by another rule."""

    reason: str
    rule: str = ""


class Found(NamedTuple):
    """Give what the rules answered to what may go on."""

    verdict: Verdict = Verdict.ALLOW
    reasons: tuple[str, ...] = ()
    case_id: UUID | None = None


NOTHING: Final = Found()
_FOR_OPERATORS: Final = _Finding("a rule gives each of these to an operator")


def look(
    *,
    ask: Ask,
    book: Book,
    reference: UUID | None,
    can_wait: bool,
    needs_operator: bool = False,
    by: Actor,
) -> Found:
    """Ask the rules against fraud, in the caller's transaction, one operation of a customer at a time.

    :param needs_operator: an operator has to look at it, whatever they say
    :raises UnderReview: it is held, and cannot wait by itself
    :raises RiskRefused: it is refused
    """
    rules = book.fraud.get(ask.operation, ())
    is_traced = bool(rules) or book.traces_all
    if not (is_traced or needs_operator):
        return NOTHING
    lock_name(f"policies.risk:{ask.customer}")
    attempt = fraud.attempt_of(ask, by=by, at=clock.now())
    spoken = list(fraud.speak(rules, attempt))
    if is_traced:
        fraud.trace(attempt)
    verdict = fraud.worst(spoken)
    found = [_Finding(f"{rule.name}: {why}", fraud_rule_wire(rule.id)) for rule, why in spoken]
    if needs_operator:
        found.append(_FOR_OPERATORS)
        verdict = Verdict.REFUSE if verdict is Verdict.REFUSE else Verdict.HOLD
    reasons = tuple(one.reason for one in found)
    if verdict is Verdict.ALLOW or (verdict is Verdict.HOLD and _spend_release(attempt)):
        return Found(Verdict.ALLOW, reasons)
    if verdict is Verdict.HOLD and can_wait:
        case_id = _open(attempt, found, verdict, reference, by=by)
        return Found(verdict, reasons, case_id)
    case_id = _keep_aside(attempt, found, verdict, by=by)
    facts = {"case": encode(CASE_PREFIX, case_id)}
    raise RiskRefused(facts=facts) if verdict is Verdict.REFUSE else UnderReview(facts=facts)


def release(*, case_id: UUID, note: str, by: Actor) -> Case:
    """Let pass what is held: the order goes on, or its customer tries again.

    :raises NotFound: there is no such case
    :raises IllegalMove: it does not wait any more
    """
    return _decide(case_id, CaseState.RELEASED, note, by=by)


def reject(*, case_id: UUID, note: str, by: Actor) -> Case:
    """Refuse what is held.

    :raises NotFound: there is no such case
    :raises IllegalMove: it does not wait any more
    """
    return _decide(case_id, CaseState.REJECTED, note, by=by)


def forget_old(*, before_days: int) -> int:
    """Drop traces and counts that are older than so many days; give how many."""
    horizon = clock.now() - timedelta(days=before_days)
    traces, _ = models.Trace.objects.filter(at__lt=horizon).delete()
    counts, _ = models.Count.objects.filter(counted_at__lt=horizon).delete()
    return traces + counts


def _decide(case_id: UUID, to: CaseState, note: str, *, by: Actor) -> Case:
    with transaction.atomic():
        row = models.Case.objects.select_for_update().filter(id=case_id).first()
        if row is None:
            raise NotFound
        lifecycle.move(row, to=to, life=CASE_LIFE, history=models.CaseStep, by=by, note=note)
        row.decided_at, row.decided_by, row.note = clock.now(), str(by), note
        row.save(update_fields=["decided_at", "decided_by", "note"])
        wire = encode(CASE_PREFIX, row.id)
        if row.reference is not None:
            risk_desk.tell(operation=row.operation, reference=row.reference, state=to, by=by)
        told = RiskDecided(
            case=wire,
            decision=to.value,
            operation=row.operation,
            customer=customer_wire(row.customer_id),
        )
        events.publish(told, by=by)
        audit.record(by=by, action=f"policies.risk.{to.value}", subject=wire, detail={"note": note})
    return show_case(row)


def _spend_release(attempt: Attempt) -> bool:
    """Use an operator's release of the like of it, once, for no more than the amount that he saw."""
    since = attempt.at - timedelta(hours=options().policies_release_hours)
    released = models.Case.objects.filter(
        fingerprint=fraud.fingerprint(attempt),
        state=CaseState.RELEASED,
        reference=None,
        decided_at__gt=since,
        spent_at=None,
        amount_minor__gte=attempt.ask.amount.minor,
    )
    row = released.order_by("id").select_for_update().first()
    if row is None:
        return False
    row.spent_at = attempt.at
    row.save(update_fields=["spent_at"])
    return True


def _open(
    attempt: Attempt,
    found: list[_Finding],
    verdict: Verdict,
    reference: UUID | None,
    *,
    by: Actor,
    case_id: UUID | None = None,
) -> UUID:
    ask = attempt.ask
    state = CaseState.REFUSED if verdict is Verdict.REFUSE else CaseState.WAITING
    row = models.Case.objects.create(
        id=case_id or uuid7(),
        state=state,
        operation=ask.operation.value,
        customer_id=ask.customer,
        asset=str(ask.amount.asset),
        amount_minor=ask.amount.minor,
        fingerprint=fraud.fingerprint(attempt),
        reasons=[one.reason for one in found],
        rules=[one.rule for one in found if one.rule],
        reference=reference,
        created_at=attempt.at,
    )
    lifecycle.record(row, state_to=state.value, history=models.CaseStep, by=by, at=attempt.at)
    told = RiskFound(
        case=encode(CASE_PREFIX, row.id),
        verdict=verdict.value,
        operation=ask.operation.value,
        customer=customer_wire(ask.customer),
        amount=ask.amount,
        reasons="; ".join(row.reasons),
    )
    events.publish(told, by=by)
    return row.id


def _keep_aside(attempt: Attempt, found: list[_Finding], verdict: Verdict, *, by: Actor) -> UUID:
    """Keep the reasons although the operation is undone; the like of a case that is there opens no other."""
    state = CaseState.REFUSED if verdict is Verdict.REFUSE else CaseState.WAITING
    like = models.Case.objects.filter(
        fingerprint=fraud.fingerprint(attempt),
        state=state,
        reference=None,
        amount_minor__gte=attempt.ask.amount.minor,
    )
    if verdict is Verdict.REFUSE:
        like = like.filter(created_at__gt=attempt.at - _REPEATED)
    known = like.order_by("-id").values_list("id", flat=True).first()
    if known is not None:
        return UUID(str(known))
    case_id = uuid7()

    def keep() -> None:
        _open(attempt, found, verdict, None, by=by, case_id=case_id)

    aside.write(keep)
    return case_id
