"""Work that somebody asks for and a worker does: verifications, and archives of evidence."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.kit import clock, ids
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import files, jobs, tenancy
from fondaco.kit.errors import DomainError, InvalidField
from fondaco.ledger.queries import require_settled
from fondaco.proofs.actions.seals import seal
from fondaco.proofs.evidence import write_evidence
from fondaco.proofs.models import Archive, Verification
from fondaco.proofs.verification import verify

VERIFICATION_PREFIX: Final = "ver"
ARCHIVE_PREFIX: Final = "evi"
_PURPOSE: Final = "proofs.evidence"
_ZIP: Final = frozenset({"application/zip"})

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


def ask_evidence(*, since: datetime, until: datetime, by: Actor) -> UUID:
    """Have a worker put the evidence of a period into a signed archive; gives the archive's id.

    :raises InvalidField: the period ends before it begins, or in the future
    :raises InstantNotSettled: it ended so short ago that something dated in it may still commit
    """
    _check_period(since, until)
    with transaction.atomic():
        row = Archive.objects.create(
            id=ids.uuid7(), since=since, until=until, asked_by=str(by), asked_at=clock.now()
        )
        audit.record(
            by=by,
            action="proofs.evidence.ask",
            subject=ids.encode(ARCHIVE_PREFIX, row.id),
            detail={"since": since.isoformat(), "until": until.isoformat()},
        )
        jobs.defer(run_evidence, archive_id=str(row.id), by_kind=by.kind.value, by_id=by.id)
    return row.id


@jobs.task(queue="proofs", lock="{archive_id}")
def run_evidence(*, archive_id: str, by_kind: str, by_id: str) -> None:
    """Make an archive that was asked for, and keep it as a file."""
    row = Archive.objects.filter(id=archive_id, done_at__isnull=True).first()
    if row is None:
        return
    by = Actor(ActorKind(by_kind), by_id)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "evidence.zip"
        try:
            row.sha256 = make_evidence(path=path, since=row.since, until=row.until, by=by)
            with transaction.atomic():
                name = (
                    f"evidence-{tenancy.current().name}-{row.since:%Y%m%d}-{row.until:%Y%m%d}.zip"
                )
                kept = files.save_file(
                    name=name, content=path.read_bytes(), purpose=_PURPOSE, by=by, types=_ZIP
                )
                row.file_id, row.done_at = kept.id, clock.now()
                row.save(update_fields=["file_id", "sha256", "done_at"])
        except DomainError as refusal:
            row.problem, row.done_at = refusal.code, clock.now()
            row.save(update_fields=["problem", "done_at"])


def make_evidence(*, path: Path, since: datetime, until: datetime, by: Actor) -> bytes:
    """Seal what is left, and write the evidence of a period into a file; gives its SHA-256.

    :raises InvalidField: the period ends before it begins, or in the future
    :raises InstantNotSettled: it ended so short ago that something dated in it may still commit
    :raises HistoryDetached: transfers of its beginning are in the archive already
    """
    _check_period(since, until)
    seal(by=by, is_thorough=True)
    return write_evidence(path, since=since, until=until, made_at=clock.now())


def _check_period(since: datetime, until: datetime) -> None:
    if since >= until:
        raise InvalidField("A period ends after it begins.", field="until")
    require_settled(until, now=clock.now(), field="until")
