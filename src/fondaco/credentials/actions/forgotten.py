"""A forgotten password: a link by e-mail, once, within an hour; all sessions end."""

from datetime import timedelta
from typing import Final

from django.db import transaction

from fondaco.credentials import challenges, letters
from fondaco.credentials.challenges import Question
from fondaco.credentials.errors import LinkRefused
from fondaco.credentials.posting import post_reset
from fondaco.credentials.states import Purpose
from fondaco.identity import actions as identity, passwords, queries as people
from fondaco.kit.django import jobs

RESET_LIFETIME: Final = timedelta(hours=1)


def ask_reset(*, identifier: str) -> None:
    """Have the link sent to whoever has this identifier; the same is written where nobody has."""
    with transaction.atomic():
        row, _ = challenges.ask(
            Question(purpose=Purpose.PASSWORD_RESET, lifetime=RESET_LIFETIME, subject=identifier)
        )
        jobs.defer(post_reset, challenge_id=str(row.id))


def reset_password(*, token: str, password: str) -> None:
    """Choose another password by the link; a second factor stays, and all sessions end.

    :raises LinkRefused: unknown, used or past its time
    :raises WeakPassword: the password may not be used; the link stays good
    """
    passwords.check_rules(password)
    with transaction.atomic():
        spent = challenges.spend_by_handle(handle=token, purpose=Purpose.PASSWORD_RESET)
        if spent is not None and spent.user_id is not None:
            user = people.get_user(spent.user_id)
            identity.replace_password(user_id=user.id, new=password, by=user.actor)
            letters.send_notice(user, "The password of your account was changed.")
    if spent is None:
        raise LinkRefused
