"""Seals what is told about a person under his own key, so that his erasure makes it unreadable."""

from typing import Final
from uuid import UUID

from fondaco.identity import personal
from fondaco.identity.types import USER_PREFIX
from fondaco.kit import ids
from fondaco.kit.access import ActorKind
from fondaco.kit.errors import NotFound
from fondaco.kyc import models

CONTENT: Final = "kyc.document"
NAME: Final = "kyc.document.name"
REASON: Final = "kyc.reason"
APPLICANT: Final = "kyc.applicant"
NOTE: Final = "kyc.note"
"""What is sealed under a person's key, each for its own use."""


def seal_text(user_id: UUID | None, text: str, *, context: str) -> bytes | None:
    """Seal words for a person; none where there are none, or where he was erased: nothing is kept of him."""
    if not text or user_id is None:
        return None
    try:
        return personal.seal(user_id, text.encode(), context=context)
    except NotFound:
        return None


def open_text(user_id: UUID | None, sealed: bytes | memoryview | None, *, context: str) -> str:
    """Open words; empty where there are none, or where the person was erased."""
    if sealed is None or user_id is None:
        return ""
    try:
        return personal.unseal(user_id, bytes(sealed), context=context).decode()
    except NotFound:
        return ""


def take_over(row: models.Verification, *, user_id: UUID) -> None:
    """Have a locked verification speak of another person from now on; what was told of the first is gone."""
    if row.user_id != user_id:
        row.user_id, row.sealed_applicant, row.sealed_reason = user_id, None, None
        row.save(update_fields=["user", "sealed_applicant", "sealed_reason"])


def find_beginner(row: models.Verification) -> UUID | None:
    """Give the person who began a verification, by its history."""
    first = row.steps.order_by("id").first()
    return person_of(first.by) if first else None


def person_of(actor: str) -> UUID | None:
    """Read ``user:usr_…``; none for programs, jobs and whatever else is no person."""
    kind, _, name = actor.partition(":")
    return ids.decode(USER_PREFIX, name) if kind == ActorKind.USER else None
