"""How a person sets up and takes away his second factors; each change is told to him."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from fondaco.credentials import challenges, factors, letters
from fondaco.credentials.challenges import Question
from fondaco.credentials.errors import CodeIsWrong, FactorMissing, FactorPresent
from fondaco.credentials.states import Purpose
from fondaco.credentials.types import Passkey, PasskeyOptions, TotpOffer
from fondaco.identity import actions as identity, names, queries as people
from fondaco.kit.access import Actor
from fondaco.kit.errors import NotFound

_SETUP_LIFETIME: Final = timedelta(minutes=10)
_NAME_CHARACTERS_MAX: Final = 60
PASSKEYS_MAX: Final = 20


def offer_totp(*, user_id: UUID) -> TotpOffer:
    """Draw a seed for an authenticator; it counts once its first code is given to ``confirm_totp``.

    :raises FactorPresent: the person has one already
    """
    if factors.has_totp(user_id):
        raise FactorPresent
    seed = factors.new_seed()
    with transaction.atomic():
        challenges.take_back(user_id=user_id, purpose=Purpose.TOTP)
        _, asked = challenges.ask(
            Question(purpose=Purpose.TOTP, lifetime=_SETUP_LIFETIME, user_id=user_id, subject=seed)
        )
    uri, svg = factors.picture(user_id, seed)
    return TotpOffer(secret=seed, uri=uri, svg=svg, expires_at=asked.expires_at)


def confirm_totp(*, user_id: UUID, code: str, by: Actor) -> list[str]:
    """Switch the authenticator on that was offered; give the recovery codes, shown this once.

    :raises FactorPresent: the person has one already
    :raises CodeIsWrong: not the authenticator's code, or nothing was offered
    """
    with transaction.atomic():
        row = challenges.lock_latest(user_id=user_id, purpose=Purpose.TOTP)
        if factors.has_totp(user_id):
            raise FactorPresent
        step = factors.step_of(row.subject or "", code) if row else None
        recovery_codes: list[str] = []
        if row is not None and step is None:
            challenges.miss(row)
        elif row is not None and step is not None:
            factors.activate_totp(user_id, challenges.spend(row).subject, step=step)
            recovery_codes = factors.make_recovery_codes(user_id)
            _settle(user_id, "An authenticator was added to your account.", by=by)
    if not recovery_codes:
        raise CodeIsWrong(field="code")
    return recovery_codes


def remove_totp(*, user_id: UUID, by: Actor) -> None:
    """Forget the authenticator and the recovery codes.

    :raises FactorMissing: there is none
    """
    with transaction.atomic():
        if not factors.remove_totp(user_id):
            raise FactorMissing
        factors.remove_recovery_codes(user_id)
        _settle(user_id, "The authenticator was removed from your account.", by=by)


def renew_recovery_codes(*, user_id: UUID, by: Actor) -> list[str]:
    """Make recovery codes anew, shown this once; earlier ones are worthless.

    :raises FactorMissing: there is no authenticator
    """
    with transaction.atomic():
        if not factors.has_totp(user_id):
            raise FactorMissing
        made = factors.make_recovery_codes(user_id)
        _settle(user_id, "The recovery codes of your account were made anew.", by=by)
    return made


def offer_passkey(*, user_id: UUID) -> PasskeyOptions:
    """Begin to make a passkey: give what the browser asks the authenticator."""
    options, state = factors.begin_passkey(user_id)
    with transaction.atomic():
        _, asked = challenges.ask(
            Question(
                purpose=Purpose.PASSKEY_NEW,
                lifetime=_SETUP_LIFETIME,
                user_id=user_id,
                subject=json.dumps(state),
            )
        )
    return PasskeyOptions(handle=asked.handle, options=options, expires_at=asked.expires_at)


def add_passkey(
    *, user_id: UUID, handle: str, name: str, answer: Mapping[str, Any], by: Actor
) -> Passkey:
    """Keep the passkey that answered.

    :raises CodeIsWrong: it did not answer rightly, or the question is over
    :raises FactorPresent: the person has as many as he may have
    :raises InvalidField: the name cannot be taken
    """
    clean = names.clean_name(name, field="name", characters_max=_NAME_CHARACTERS_MAX)
    with transaction.atomic():
        if len(factors.list_passkeys(user_id)) >= PASSKEYS_MAX:
            raise FactorPresent
        spent = challenges.spend_by_handle(
            handle=handle, purpose=Purpose.PASSKEY_NEW, user_id=user_id
        )
        made = None
        if spent is not None:
            state = json.loads(spent.subject)
            made = factors.add_passkey(user_id, clean, answer, state=state)
        if made is not None:
            _settle(user_id, "A passkey was added to your account.", by=by)
    if made is None:
        raise CodeIsWrong(field="credential")
    return Passkey(id=made.id, name=clean, created_at=made.created_at, last_used_at=None)


def remove_passkey(*, user_id: UUID, passkey_id: int, by: Actor) -> None:
    """Forget a passkey.

    :raises NotFound: the person has no such passkey
    """
    with transaction.atomic():
        if not factors.remove_passkey(user_id, passkey_id):
            raise NotFound("There is no such passkey.")
        _settle(user_id, "A passkey was removed from your account.", by=by)


def _settle(user_id: UUID, sentence: str, *, by: Actor) -> None:
    """Say in identity whether a password alone suffices now, and tell the person."""
    is_on = factors.has_totp(user_id) or bool(factors.list_passkeys(user_id))
    identity.mark_second_factor(user_id=user_id, is_on=is_on, by=by)
    letters.send_notice(people.get_user(user_id), sentence)
