"""How a verification begins; the provider is asked outside any transaction."""

from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity import queries as people
from fondaco.identity.states import Level
from fondaco.identity.types import customer_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events, lifecycle
from fondaco.kyc import models
from fondaco.kyc.actions.reviews import lock_verification
from fondaco.kyc.events import VerificationStarted
from fondaco.kyc.providers.registry import PROVIDERS, chosen
from fondaco.kyc.rows import show_verification
from fondaco.kyc.sealing import APPLICANT, open_text, seal_text, take_over
from fondaco.kyc.states import VerificationState
from fondaco.kyc.types import Verification, verification_wire


def start(*, customer_id: UUID, user_id: UUID, level: Level, by: Actor) -> tuple[Verification, str]:
    """Begin to verify a customer, or go on where he stopped; gives it and where he shows himself.

    Our identifier is what the provider knows the applicant by, so that asking again makes no second one.

    :raises ProviderUnavailable: the provider cannot be asked now; ask again
    :raises ProviderRefused: it does not take him
    """
    row = _find_or_make(customer_id, user_id, level, by)
    begun = PROVIDERS[row.provider].begin(verification=verification_wire(row.id), level=level)
    _keep_applicant(row.id, begun.applicant)
    return show_verification(row), begun.link


def _keep_applicant(verification_id: UUID, applicant: str) -> None:
    with transaction.atomic():
        row = lock_verification(verification_id)
        known = row.applicant or open_text(row.user_id, row.sealed_applicant, context=APPLICANT)
        if applicant and applicant != known:
            row.applicant = ""
            row.sealed_applicant = seal_text(row.user_id, applicant, context=APPLICANT)
            row.save(update_fields=["applicant", "sealed_applicant"])


def _find_or_make(customer_id: UUID, user_id: UUID, level: Level, by: Actor) -> models.Verification:
    """Give the customer's verification for the level; one whose person was erased is now this person's."""
    now = clock.now()
    with transaction.atomic():
        row, is_new = models.Verification.objects.get_or_create(
            customer_id=customer_id,
            level=level,
            defaults={
                "user_id": user_id,
                "provider": chosen().name,
                "state": VerificationState.STARTED,
                "created_at": now,
                "updated_at": now,
            },
        )
        if is_new:
            lifecycle.record(
                row, state_to=row.state, history=models.VerificationStep, by=by, at=now
            )
            event = VerificationStarted(
                verification=verification_wire(row.id),
                customer=customer_wire(customer_id),
                level=level.value,
            )
            audit.record(
                by=by,
                action="kyc.verification.start",
                subject=event.subject,
                detail={"customer": event.customer, "level": event.level},
            )
            events.publish(event, by=by)
        elif row.user_id is not None and people.is_erased(row.user_id):
            row = lock_verification(row.id)
            take_over(row, user_id=user_id)
    return row
