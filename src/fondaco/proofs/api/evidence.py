"""``/operator/evidence``: trial balance, seals and audit trail of a period as one signed archive."""

from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import AwareDatetime, Field

from fondaco.kit.access import Principal, require
from fondaco.kit.django import files
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, WireId
from fondaco.kit.errors import NotFound
from fondaco.ledger.queries.history import InstantNotSettled
from fondaco.proofs.actions import runs as actions
from fondaco.proofs.actions.runs import ARCHIVE_PREFIX
from fondaco.proofs.queries import runs as queries
from fondaco.proofs.types import AskedArchive

router = Router(auth=staff, tags=["evidence"])

ArchiveWireId = Annotated[UUID, WireId(ARCHIVE_PREFIX)]
_RIGHTS: Final = ("ledger:read", "audit:read")


class EvidencePeriodIn(Strict):
    """Take the period."""

    since: AwareDatetime
    until: AwareDatetime = Field(description="Not included.")


class ArchiveOut(Strict):
    """Show an archive that was asked for."""

    id: ArchiveWireId
    since: datetime
    until: datetime
    asked_by: str
    asked_at: datetime
    done_at: datetime | None = Field(description="Null: a worker has not made it yet.")
    sha256: str | None = Field(description="Of the file.")
    problem: str | None = Field(description="The code of why it could not be made.")

    @classmethod
    def of(cls, asked: AskedArchive) -> Self:
        """Show an archive."""
        return cls(
            id=asked.id,
            since=asked.since,
            until=asked.until,
            asked_by=asked.asked_by,
            asked_at=asked.asked_at,
            done_at=asked.done_at,
            sha256=asked.sha256.hex() if asked.sha256 else None,
            problem=asked.problem,
        )


@router.post("", status=202, errors=(InstantNotSettled,))
def ask_evidence(request: HttpRequest, body: EvidencePeriodIn) -> ArchiveOut:
    """Have a worker put the evidence of a period into a signed archive."""
    by = _reader(request).actor
    asked = actions.ask_evidence(since=body.since, until=body.until, by=by)
    return ArchiveOut.of(queries.get_archive(archive_id=asked))


@router.get("/{archive_id}")
def show_evidence(request: HttpRequest, archive_id: ArchiveWireId) -> ArchiveOut:
    """Show whether an archive is made."""
    _reader(request)
    return ArchiveOut.of(queries.get_archive(archive_id=archive_id))


@router.get("/{archive_id}/file")
def download_evidence(request: HttpRequest, archive_id: ArchiveWireId) -> HttpResponse:
    """Download an archive that is made."""
    _reader(request)
    file_id = queries.get_archive(archive_id=archive_id).file_id
    if file_id is None:
        raise NotFound
    return files.attachment(file_id=file_id)


def _reader(request: HttpRequest) -> Principal:
    for right in _RIGHTS:
        require(principal(request), right)
    return require(principal(request), _RIGHTS[0])
