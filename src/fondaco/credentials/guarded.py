"""Codes of second factors, spent under one count of the wrong ones over all questions and devices."""

from uuid import UUID

from django.db import transaction

from fondaco.credentials import factors, guessing, locks
from fondaco.identity import queries as people


def spend_factor(user_id: UUID, code: str) -> bool:
    """Spend a code of the authenticator or a recovery code; tell whether it was one.

    :raises LoginLocked: too many wrong ones were tried for this person
    """
    lock = f"factor:{user_id}"
    locks.check(lock)
    if factors.spend_totp(user_id, code) or factors.spend_recovery_code(user_id, code):
        locks.forget(lock)
        return True
    with transaction.atomic():
        if locks.count_failure(lock):
            guessing.tell(people.get_user(user_id), guessed="factor")
    return False
