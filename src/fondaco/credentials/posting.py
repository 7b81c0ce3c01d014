"""The jobs that find out who asked and send what he needs, so that the request itself looks nobody up."""

import json
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.credentials import challenges, letters
from fondaco.credentials.models import Challenge
from fondaco.credentials.states import Purpose
from fondaco.identity import queries as people, tokens
from fondaco.identity.types import User
from fondaco.kit import clock
from fondaco.kit.django import jobs
from fondaco.kit.django.deliveries import Channel

QUEUE: Final = "notifications"
LINK_PREFIX: Final = "flk_"


@jobs.task(queue=QUEUE)
def post_code(*, challenge_id: str) -> None:
    """Send the code of a log-in to whoever has the identifier that was typed; to nobody where nobody has."""
    with transaction.atomic():
        row = _open(challenge_id, Purpose.LOGIN_CODE)
        user = people.find_user(identifier=row.subject or "") if row else None
        if row is None or user is None or user.disabled_at is not None:
            return
        targets = letters.addresses(user, row.context["channels"])
        if not targets:
            return
        code = challenges.new_code()
        row.user_id = user.id
        row.save(update_fields=["user"])
        challenges.set_code(row, code)
        for channel, recipient in targets:
            letters.send_code(channel, recipient, code, lifetime=_left(row))


@jobs.task(queue=QUEUE)
def post_reset(*, challenge_id: str) -> None:
    """Send the link that resets a password to whoever has the identifier that was typed."""
    with transaction.atomic():
        row = _open(challenge_id, Purpose.PASSWORD_RESET)
        user = people.find_user(identifier=row.subject or "") if row else None
        if row is None or user is None or not _may_reset(user):
            return
        challenges.take_back(user_id=user.id, purpose=Purpose.PASSWORD_RESET)
        token, digest = tokens.new_opaque(LINK_PREFIX)
        row.user_id, row.digest = user.id, digest
        row.save(update_fields=["user", "digest"])
        letters.send_link(
            str(user.email),
            token,
            page="reset-password",
            subject="Choose another password",
            why="Somebody asked to choose another password for your account.",
            lifetime=_left(row),
        )


@jobs.task(queue=QUEUE)
def post_registration(*, challenge_id: str) -> None:
    """Send the link or code that completes a registration, or say that there is an account already."""
    with transaction.atomic():
        row = _open(challenge_id, Purpose.EMAIL_LINK) or _open(challenge_id, Purpose.PHONE_CODE)
        if row is None:
            return
        ask = json.loads(row.subject or "{}")
        taken = [
            each
            for each in ("email", "phone", "username")
            if ask[each] and people.find_user(identifier=ask[each])
        ]
        channel = Channel.EMAIL if row.purpose == Purpose.EMAIL_LINK else Channel.SMS
        address = ask["email"] if channel is Channel.EMAIL else ask["phone"]
        if taken:
            letters.send_plain(channel, address, _told(taken))
        elif channel is Channel.EMAIL:
            _post_link(row, address)
        else:
            code = challenges.new_code()
            challenges.set_code(row, code)
            letters.send_code(channel, address, code, lifetime=_left(row))


def _post_link(row: Challenge, address: str) -> None:
    token, digest = tokens.new_opaque(LINK_PREFIX)
    row.digest = digest
    row.save(update_fields=["digest"])
    letters.send_link(
        address,
        token,
        page="confirm-registration",
        subject="Confirm your registration",
        why="Somebody, we hope you, registered with this address.",
        lifetime=_left(row),
    )


def _told(taken: list[str]) -> str:
    if "username" in taken and len(taken) == 1:
        return "The user name that you chose is somebody's already; register with another."
    return "You registered, but there is an account with these details already: log in instead."


def _may_reset(user: User) -> bool:
    return bool(user.email and user.disabled_at is None)


def _open(challenge_id: str, purpose: Purpose) -> Challenge | None:
    rows = Challenge.objects.select_for_update(of=("self",)).filter(purpose=purpose)
    row = rows.filter(id=UUID(challenge_id), used_at__isnull=True).first()
    return row if row is not None and row.expires_at > clock.now() else None


def _left(row: Challenge) -> timedelta:
    return row.expires_at - clock.now()
