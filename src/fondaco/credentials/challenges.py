"""Questions that are answered once: asked, answered under a lock, spent, wiped.

Whoever answers wrongly uses up a try; that must be committed, so answers are values here and the caller
raises after its transaction.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from fondaco.credentials.models import Challenge
from fondaco.credentials.states import Purpose
from fondaco.credentials.types import Asked
from fondaco.identity import tokens
from fondaco.kit import clock
from fondaco.kit.django.keys import keyed_digest, keyed_digests

TRIES: Final = 5
CODE_DIGITS: Final = 6
PREFIX: Final = "fch_"
_CODE: Final = "credentials.code"


@dataclass(frozen=True, slots=True)
class Question:
    """Say what shall be asked, of whom, for how long."""

    purpose: Purpose
    lifetime: timedelta
    user_id: UUID | None = None
    subject: str | None = field(default=None, repr=False)
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answered:
    """Give what an answered question was about."""

    user_id: UUID | None
    subject: str = field(repr=False)
    context: Mapping[str, Any] = field(default_factory=dict)


def ask(question: Question, *, prefix: str = PREFIX) -> tuple[Challenge, Asked]:
    """Write a question in the caller's transaction; give its row and the handle for who shall answer."""
    handle, digest = tokens.new_opaque(prefix)
    now = clock.now()
    row = Challenge.objects.create(
        purpose=question.purpose,
        user_id=question.user_id,
        digest=digest,
        subject=question.subject,
        context=dict(question.context),
        tries_left=TRIES,
        created_at=now,
        expires_at=now + question.lifetime,
    )
    return row, Asked(handle=handle, expires_at=row.expires_at)


def new_code() -> str:
    """Draw a code of six digits."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def set_code(row: Challenge, code: str) -> None:
    """Let the question be answered by a code; what is kept is a keyed digest."""
    row.code_digest = keyed_digest(_CODE, f"{row.id}:{code}")
    row.save(update_fields=["code_digest"])


def lock(*, handle: str, purpose: Purpose, user_id: UUID | None = None) -> Challenge | None:
    """Lock an open question by its handle; none where it is unknown, over, or asked of somebody else."""
    rows = Challenge.objects.select_for_update(of=("self",))
    row = rows.filter(digest=tokens.digest(handle), purpose=purpose).first()
    if row is None or row.used_at is not None or row.tries_left == 0:
        return None
    if row.expires_at <= clock.now() or (user_id is not None and row.user_id != user_id):
        return None
    return row


def spend_by_code(
    *, handle: str, code: str, purpose: Purpose, user_id: UUID | None = None
) -> Answered | None:
    """Answer by a code: none, and a try less, where it is not the right one."""
    row = lock(handle=handle, purpose=purpose, user_id=user_id)
    return None if row is None else answer(row, code)


def answer(row: Challenge, code: str) -> Answered | None:
    """Answer a locked question by a code: none, and a try less, where it is not the right one."""
    if _fits(row, code):
        return spend(row)
    miss(row)
    return None


def spend_by_handle(
    *, handle: str, purpose: Purpose, user_id: UUID | None = None
) -> Answered | None:
    """Answer by the handle alone, which came as a link; none where it is not valid any more."""
    row = lock(handle=handle, purpose=purpose, user_id=user_id)
    return None if row is None else spend(row)


def spend(row: Challenge) -> Answered:
    """Close a locked question and wipe what it was about."""
    answered = Answered(user_id=row.user_id, subject=row.subject or "", context=row.context)
    row.used_at, row.subject = clock.now(), None
    row.save(update_fields=["used_at", "subject"])
    return answered


def miss(row: Challenge) -> None:
    """Use up a try of a locked question."""
    row.tries_left -= 1
    row.save(update_fields=["tries_left"])


def take_back(*, user_id: UUID, purpose: Purpose) -> None:
    """Close all open questions of a kind that were put to somebody."""
    rows = Challenge.objects.filter(user_id=user_id, purpose=purpose, used_at__isnull=True)
    rows.update(used_at=clock.now(), subject=None)


def _fits(row: Challenge, code: str) -> bool:
    if row.code_digest is None:
        return False
    wanted = bytes(row.code_digest)
    found = keyed_digests(_CODE, f"{row.id}:{code}")
    return any(hmac.compare_digest(wanted, one) for one in found)


def lock_latest(*, user_id: UUID, purpose: Purpose) -> Challenge | None:
    """Lock the open question of a kind that was put to somebody last."""
    rows = Challenge.objects.select_for_update(of=("self",)).filter(
        user_id=user_id, purpose=purpose, used_at__isnull=True, tries_left__gt=0
    )
    return rows.filter(expires_at__gt=clock.now()).order_by("-id").first()
