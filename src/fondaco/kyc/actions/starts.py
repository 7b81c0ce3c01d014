"""How a verification begins; the provider is asked outside any transaction."""

from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity.states import Level
from fondaco.identity.types import customer_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events, lifecycle
from fondaco.kyc import models
from fondaco.kyc.events import VerificationStarted
from fondaco.kyc.providers.registry import PROVIDERS, chosen
from fondaco.kyc.rows import show_verification
from fondaco.kyc.states import VerificationState
from fondaco.kyc.types import Verification, verification_wire


def start(*, customer_id: UUID, level: Level, by: Actor) -> tuple[Verification, str]:
    """Begin to verify a customer, or go on where he stopped; gives it and where he shows himself.

    Our identifier is what the provider knows the applicant by, so that asking again makes no second one.

    :raises ProviderUnavailable: the provider cannot be asked now; ask again
    :raises ProviderRefused: it does not take him
    """
    row = _find_or_make(customer_id, level, by)
    begun = PROVIDERS[row.provider].begin(verification=verification_wire(row.id), level=level)
    if begun.applicant and begun.applicant != row.applicant:
        models.Verification.objects.filter(id=row.id).update(applicant=begun.applicant)
    return show_verification(row), begun.link


def _find_or_make(customer_id: UUID, level: Level, by: Actor) -> models.Verification:
    now = clock.now()
    with transaction.atomic():
        row, is_new = models.Verification.objects.get_or_create(
            customer_id=customer_id,
            level=level,
            defaults={
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
    return row
