"""How somebody comes in: by password, by code, by passkey, and by a second factor where one is set up."""

import json
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.credentials import challenges, factors, guarded, guessing, locks
from fondaco.credentials.actions import resets
from fondaco.credentials.challenges import Question
from fondaco.credentials.errors import (
    PasskeyRefused,
    SecondFactorRequired,
    TelegramRefused,
    WrongCode,
)
from fondaco.credentials.posting import post_code
from fondaco.credentials.states import Purpose
from fondaco.credentials.telegram import spend
from fondaco.credentials.types import Asked, PasskeyOptions, TelegramLogin
from fondaco.identity import actions as identity, queries as people
from fondaco.identity.errors import WrongCredentials
from fondaco.identity.types import Origin, SignedIn, User
from fondaco.kit import clock
from fondaco.kit.django import jobs

CODE_LIFETIME: Final = timedelta(seconds=120)
_SECOND_FACTOR_LIFETIME: Final = timedelta(minutes=5)
_PASSKEY_LIFETIME: Final = timedelta(minutes=5)


def login(*, identifier: str, password: str, origin: Origin) -> SignedIn:
    """Open a session for whoever has this identifier and password, and needs no more.

    An unknown identifier costs the same work as a wrong password.

    :raises WrongCredentials: nobody has them
    :raises LoginLocked: too many wrong ones were tried
    :raises SecondFactorRequired: they are right, and a second factor is awaited
    :raises CustomerDisabled: somebody has them, but is shut out
    """
    locks.check(identifier)
    try:
        user = identity.prove_password(identifier=identifier, password=password, origin=origin)
    except WrongCredentials:
        _count_failure(identifier)
        raise
    locks.forget(identifier)
    return _finish(user, origin=origin)


def answer_second_factor(*, handle: str, code: str, origin: Origin) -> SignedIn:
    """Open the session that a second factor was awaited for: a code of the authenticator, or a recovery code.

    :raises WrongCode: wrong, spent, too late or too often
    :raises LoginLocked: too many wrong ones were tried for this person
    :raises CustomerDisabled: the person is shut out meanwhile
    """
    with transaction.atomic():
        row = challenges.lock(handle=handle, purpose=Purpose.SECOND_FACTOR)
        signed_in = None
        if row is not None and row.user_id is not None:
            resets.lock_of(user_id=row.user_id)
            if guarded.spend_factor(row.user_id, code):
                challenges.spend(row)
                user = people.get_user(row.user_id)
                resets.cancel_of(user_id=user.id, by=user.actor)
                signed_in = identity.open_session(user_id=row.user_id, origin=origin)
            else:
                challenges.miss(row)
    if signed_in is None:
        raise WrongCode
    return signed_in


def ask_login_code(*, identifier: str, channels: tuple[str, ...]) -> Asked:
    """Have a code sent to whoever has this identifier, to his proved e-mail and telephone.

    The same is written whether or not anybody has it; who it is is looked up by the job that sends.

    :raises LoginLocked: too many wrong codes were tried for this identifier
    """
    locks.check(locks.of_codes(identifier))
    with transaction.atomic():
        row, asked = challenges.ask(
            Question(
                purpose=Purpose.LOGIN_CODE,
                lifetime=CODE_LIFETIME,
                subject=identifier,
                context={"channels": list(channels)},
            )
        )
        jobs.defer(post_code, challenge_id=str(row.id))
    return asked


def login_by_code(*, handle: str, code: str, origin: Origin) -> SignedIn:
    """Open a session for whoever read the code that was sent.

    :raises WrongCode: wrong, spent, too late or too often
    :raises SecondFactorRequired: it is right, and a second factor is awaited
    :raises CustomerDisabled: the person is shut out
    """
    with transaction.atomic():
        row = challenges.lock(handle=handle, purpose=Purpose.LOGIN_CODE)
        identifier = (row.subject or "") if row else ""
        answered = challenges.answer(row, code) if row else None
        is_wrong = row is not None and answered is None
        if is_wrong and locks.count_failure(locks.of_codes(identifier)):
            guessing.tell(people.find_user(identifier=identifier), guessed="code")
    if answered is None or answered.user_id is None:
        raise WrongCode
    return _finish(people.get_user(answered.user_id), origin=origin)


def ask_passkey() -> PasskeyOptions:
    """Begin to log in by any passkey of this house."""
    options, state = factors.begin_login()
    with transaction.atomic():
        _, asked = challenges.ask(
            Question(
                purpose=Purpose.PASSKEY_LOGIN,
                lifetime=_PASSKEY_LIFETIME,
                subject=json.dumps(state),
            )
        )
    return PasskeyOptions(handle=asked.handle, options=options, expires_at=asked.expires_at)


def login_by_passkey(*, handle: str, answer: dict[str, object], origin: Origin) -> SignedIn:
    """Open a session for whoever's passkey signed; it stands for both factors, since it verified its user.

    :raises PasskeyRefused: it is nobody's, or the question is over
    :raises CustomerDisabled: the person is shut out
    """
    with transaction.atomic():
        spent = challenges.spend_by_handle(handle=handle, purpose=Purpose.PASSKEY_LOGIN)
    user_id = None
    if spent is not None:
        user_id = factors.find_by_passkey(answer, state=json.loads(spent.subject))
    if user_id is None:
        raise PasskeyRefused
    return identity.open_session(user_id=user_id, origin=origin)


def login_by_telegram(*, signed: TelegramLogin, origin: Origin) -> SignedIn | None:
    """Open a session for whoever assigned this Telegram account; none where nobody did.

    :raises TelegramRefused: the data were used before
    :raises SecondFactorRequired: a second factor is awaited
    :raises CustomerDisabled: the person is shut out
    """
    user = people.find_user_by_telegram(signed.telegram_id)
    if user is None:
        return None
    with transaction.atomic():
        is_first = spend(signed, user_id=user.id)
    if not is_first:
        raise TelegramRefused
    return _finish(user, origin=origin)


def methods_of(user_id: UUID) -> list[str]:
    """List how a person may answer when a second factor is awaited."""
    found = []
    if factors.has_totp(user_id):
        found += ["totp", "recovery_code"]
    if factors.list_passkeys(user_id):
        found.append("passkey")
    return found


def _finish(user: User, *, origin: Origin) -> SignedIn:
    if user.second_factor_at is None:
        return identity.open_session(user_id=user.id, origin=origin)
    with transaction.atomic():
        _, asked = challenges.ask(
            Question(
                purpose=Purpose.SECOND_FACTOR,
                lifetime=_SECOND_FACTOR_LIFETIME,
                user_id=user.id,
            )
        )
    raise SecondFactorRequired(
        facts={
            "handle": asked.handle,
            "methods": methods_of(user.id),
            "expires_in": int((asked.expires_at - clock.now()).total_seconds()),
        }
    )


def _count_failure(identifier: str) -> None:
    with transaction.atomic():
        if locks.count_failure(identifier):
            guessing.tell(people.find_user(identifier=identifier), guessed="password")
