"""Work that somebody asks for and a worker does: verifications, and archives of evidence."""

from typing import Final
from uuid import UUID

import structlog
from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.kit import clock, ids
from fondaco.kit.access import Actor
from fondaco.kit.django import jobs
from fondaco.proofs.models import Verification
from fondaco.proofs.verification import verify

VERIFICATION_PREFIX: Final = "ver"

log = structlog.get_logger(__name__)


def ask_verification(*, by: Actor) -> UUID:
    """Have a worker recompute everything; gives the verification's id."""
    with transaction.atomic():
        row = Verification.objects.create(id=ids.uuid7(), asked_by=str(by), asked_at=clock.now())
        audit.record(
            by=by,
            action="proofs.verification.ask",
            subject=ids.encode(VERIFICATION_PREFIX, row.id),
        )
        jobs.defer(run_verification, verification_id=str(row.id))
    return row.id


@jobs.task(queue="proofs", lock="verify")
def run_verification(*, verification_id: str) -> None:
    """Recompute everything, and keep what was found."""
    waiting = Verification.objects.filter(id=verification_id, done_at__isnull=True)
    if not waiting.exists():
        return
    found = verify()
    if found.difference is not None:
        log.error("proofs.difference", difference=found.difference)
    waiting.update(done_at=clock.now(), difference=found.difference, counts=dict(found.counts))
