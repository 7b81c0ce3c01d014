"""How a person proves a member id at the house's Slack: by a code that is sent there."""

import hmac
import re
import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity.types import user_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import deliveries
from fondaco.kit.django.deliveries import Channel as Road, Message
from fondaco.kit.django.keys import keyed_digests
from fondaco.kit.errors import InvalidField
from fondaco.notifications import models
from fondaco.notifications.errors import WrongSlackCode

LIFE: Final = timedelta(minutes=10)
TRIES_MAX: Final = 5
_MEMBER: Final = re.compile(r"[UW][A-Z0-9]{4,20}", re.ASCII)
_PURPOSE: Final = "notifications.slack"


def add_slack(*, user_id: UUID, member: str, by: Actor) -> None:
    """Send a code to a member of the house's Slack; until it is given, nothing else goes there.

    :raises InvalidField: it is no member id
    """
    if not _MEMBER.fullmatch(member):
        raise InvalidField("A member id begins with U or W, such as U02ABCDEF.", field="member")
    code = f"{secrets.randbelow(1_000_000):06d}"
    with transaction.atomic():
        models.SlackMember.objects.update_or_create(
            user_id=user_id,
            defaults={
                "member": member,
                "verified_at": None,
                "digest": _digests(user_id, code)[0],
                "expires_at": clock.now() + LIFE,
                "tries": 0,
            },
        )
        text = f"{code} is your code. It is valid for 10 minutes. Give it to nobody."
        message = Message(channel=Road.SLACK, recipient=member, text=text)
        deliveries.send(message, purpose=_PURPOSE, lifetime=LIFE)
        audit.record(by=by, action="notifications.slack.add", subject=user_wire(user_id))


def prove_slack(*, user_id: UUID, code: str, by: Actor) -> None:
    """Take the code that was sent; from now on notices may go there.

    Runs its own transaction, since a wrong try must count after the refusal.

    :raises WrongSlackCode: wrong, too late, or tried too often
    """
    with transaction.atomic():
        row = models.SlackMember.objects.select_for_update().filter(user_id=user_id).first()
        is_right = row is not None and _take(row, code)
        if is_right:
            audit.record(by=by, action="notifications.slack.prove", subject=user_wire(user_id))
    if not is_right:
        raise WrongSlackCode


def remove_slack(*, user_id: UUID, by: Actor) -> None:
    """Send nothing to Slack any more; without one, nothing changes."""
    with transaction.atomic():
        gone, _ = models.SlackMember.objects.filter(user_id=user_id).delete()
        if gone:
            audit.record(by=by, action="notifications.slack.remove", subject=user_wire(user_id))


def _take(row: models.SlackMember, code: str) -> bool:
    now = clock.now()
    if row.digest is None or row.expires_at is None or row.expires_at <= now:
        return False
    row.tries += 1
    wanted = bytes(row.digest)
    is_right = any(hmac.compare_digest(wanted, one) for one in _digests(row.user_id, code))
    if is_right:
        row.verified_at = now
    if is_right or row.tries >= TRIES_MAX:
        row.digest = None
    row.save(update_fields=["tries", "verified_at", "digest"])
    return is_right


def _digests(user_id: UUID, code: str) -> list[bytes]:
    return keyed_digests(_PURPOSE, f"{user_id}:{code}")
