"""Codes of second factors, spent under one count of the wrong ones over all questions and devices."""

from uuid import UUID

from django.db import transaction

from fondaco.credentials import factors, letters, locks
from fondaco.credentials.events import GuessingStopped
from fondaco.identity import queries as people
from fondaco.identity.types import user_wire
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import events


def spend_factor(user_id: UUID, code: str) -> bool:
    """Spend a code of the authenticator or a recovery code; tell whether it was one.

    :raises LoginLocked: too many wrong ones were tried for this person
    """
    lock = f"factor:{user_id}"
    locks.check(lock)
    if factors.spend_totp(user_id, code) or factors.spend_recovery_code(user_id, code):
        locks.forget(lock)
        return True
    if locks.count_failure(lock):
        sentence = (
            "Somebody knows your password and tried many codes. They are refused for a while."
        )
        letters.send_notice(people.get_user(user_id), sentence)
        with transaction.atomic():
            events.publish(GuessingStopped(user=user_wire(user_id)), by=SYSTEM)
    return False
