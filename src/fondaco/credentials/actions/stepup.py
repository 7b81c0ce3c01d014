"""Prove anew that it is the same person at the device: password, second factor, or a code sent to him."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.credentials import challenges, factors, guarded, letters
from fondaco.credentials.challenges import Question
from fondaco.credentials.errors import CodeIsWrong, NothingReachesYou
from fondaco.credentials.states import Purpose
from fondaco.credentials.types import Asked
from fondaco.identity import actions as identity, queries as people
from fondaco.identity.types import User

CODE_LIFETIME: Final = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Proof:
    """Hold what the person at the device brings forward."""

    password: str | None = field(default=None, repr=False)
    code: str | None = field(default=None, repr=False)
    handle: str | None = field(default=None, repr=False)
    """Of a code that was sent; none where the code is an authenticator's."""


def ask_step_up_code(*, user_id: UUID) -> Asked:
    """Send a code to the person's proved e-mail and telephone.

    :raises NothingReachesYou: he has neither
    """
    user = people.get_user(user_id)
    targets = letters.addresses(user)
    if not targets:
        raise NothingReachesYou
    with transaction.atomic():
        row, asked = challenges.ask(
            Question(purpose=Purpose.STEP_UP, lifetime=CODE_LIFETIME, user_id=user_id)
        )
        code = challenges.new_code()
        challenges.set_code(row, code)
        for channel, recipient in targets:
            letters.send_code(channel, recipient, code, lifetime=CODE_LIFETIME)
    return asked


def step_up(*, user_id: UUID, session_id: UUID, proof: Proof) -> None:
    """Record that the person at the device proved himself: by his second factor where he has one.

    Otherwise by the password, or by a code that was sent to him.

    :raises CodeIsWrong: what he brings forward proves nothing
    :raises LoginLocked: too many wrong codes were tried for this person
    """
    user = people.get_user(user_id)
    with transaction.atomic():
        is_proved = _proves(user, proof)
        if is_proved:
            identity.mark_proved(session_id=session_id)
    if not is_proved:
        raise CodeIsWrong


def _proves(user: User, proof: Proof) -> bool:
    if user.second_factor_at is not None and factors.has_totp(user.id):
        return guarded.spend_factor(user.id, proof.code or "")
    if proof.handle and proof.code:
        answered = challenges.spend_by_code(
            handle=proof.handle, code=proof.code, purpose=Purpose.STEP_UP, user_id=user.id
        )
        return answered is not None
    return identity.is_password(user_id=user.id, password=proof.password or "")
