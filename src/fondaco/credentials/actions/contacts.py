"""How a person proves and changes his e-mail and telephone: both sides confirm a change."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.credentials import challenges, letters
from fondaco.credentials.challenges import Question
from fondaco.credentials.errors import CodeIsWrong, LinkRefused, NothingReachesYou
from fondaco.credentials.posting import LINK_PREFIX
from fondaco.credentials.states import Purpose
from fondaco.credentials.types import Asked
from fondaco.identity import actions as identity, queries as people
from fondaco.identity.actions.contacts import Contact
from fondaco.identity.identifiers import normalise_email, normalise_phone
from fondaco.identity.types import User
from fondaco.kit.access import Actor
from fondaco.kit.django.deliveries import Channel
from fondaco.kit.errors import InvalidField

LINK_LIFETIME: Final = timedelta(days=1)
CODE_LIFETIME: Final = timedelta(seconds=120)
CHANGE_LIFETIME: Final = timedelta(minutes=10)

_CHANNELS: Final[dict[str, Channel]] = {"email": Channel.EMAIL, "phone": Channel.SMS}
_CHANGES: Final = {"email": Purpose.EMAIL_CHANGE, "phone": Purpose.PHONE_CHANGE}


@dataclass(frozen=True, slots=True)
class BothCodes:
    """Hold the codes that reached the new address and, where there was one, the old."""

    new: str = field(repr=False)
    old: str = field(default="", repr=False)


def ask_email_proof(*, user_id: UUID) -> None:
    """Send the link, good for a day, that proves the person's e-mail; one proved already changes nothing.

    :raises NothingReachesYou: he has no e-mail
    """
    user = people.get_user(user_id)
    if user.email is None:
        raise NothingReachesYou
    if user.email_verified_at is not None:
        return
    with transaction.atomic():
        challenges.take_back(user_id=user_id, purpose=Purpose.EMAIL_LINK)
        _, asked = challenges.ask(
            Question(
                purpose=Purpose.EMAIL_LINK,
                lifetime=LINK_LIFETIME,
                user_id=user_id,
                subject=user.email,
            ),
            prefix=LINK_PREFIX,
        )
        letters.send_link(
            user.email,
            asked.handle,
            page="verify-email",
            subject="Confirm your e-mail",
            why="Confirm that this address is yours.",
            lifetime=LINK_LIFETIME,
        )


def verify_email(*, token: str) -> None:
    """Record that a person's e-mail reaches him; the link works once.

    :raises LinkRefused: unknown, used, past its time, or the e-mail changed since
    """
    with transaction.atomic():
        row = challenges.lock(handle=token, purpose=Purpose.EMAIL_LINK)
        done = False
        if row is not None and row.user_id is not None:  # a registration has no user yet
            actor = people.get_user(row.user_id).actor
            done = identity.mark_verified(
                user_id=row.user_id,
                contact="email",
                value=challenges.spend(row).subject,
                by=actor,
            )
    if not done:
        raise LinkRefused


def ask_phone_proof(*, user_id: UUID) -> Asked:
    """Send the code that proves the person's telephone.

    :raises NothingReachesYou: he has no telephone
    """
    user = people.get_user(user_id)
    if user.phone is None:
        raise NothingReachesYou
    with transaction.atomic():
        row, asked = challenges.ask(
            Question(
                purpose=Purpose.PHONE_CODE,
                lifetime=CODE_LIFETIME,
                user_id=user_id,
                subject=user.phone,
            )
        )
        code = challenges.new_code()
        challenges.set_code(row, code)
        letters.send_code(Channel.SMS, user.phone, code, lifetime=CODE_LIFETIME)
    return asked


def verify_phone(*, user_id: UUID, handle: str, code: str, by: Actor) -> None:
    """Record that a person's telephone reaches him.

    :raises CodeIsWrong: wrong, spent, too late or too often
    """
    with transaction.atomic():
        answered = challenges.spend_by_code(
            handle=handle, code=code, purpose=Purpose.PHONE_CODE, user_id=user_id
        )
        done = answered is not None and identity.mark_verified(
            user_id=user_id, contact="phone", value=answered.subject, by=by
        )
    if not done:
        raise CodeIsWrong(field="code")


def ask_change(*, user_id: UUID, contact: Contact, value: str) -> Asked:
    """Send a code to the new address and another to the old one, where the person has one.

    Where somebody has the new address already, he is told instead, and the answer here is the same.

    :raises InvalidField: not an address that we take, or the present one
    """
    new = normalise_email(value) if contact == "email" else normalise_phone(value)
    user = people.get_user(user_id)
    old = getattr(user, contact)
    if new == old:
        raise InvalidField("This is your present one.", field=contact)
    with transaction.atomic():
        challenges.take_back(user_id=user_id, purpose=_CHANGES[contact])
        row, asked = challenges.ask(
            Question(
                purpose=_CHANGES[contact],
                lifetime=CHANGE_LIFETIME,
                user_id=user_id,
                subject=new,
                context={"old": bool(old)},
            )
        )
        codes = BothCodes(new=challenges.new_code(), old=challenges.new_code() if old else "")
        challenges.set_code(row, _joined(codes))
        _send(contact, new, old, codes)
    return asked


def confirm_change(
    *,
    user_id: UUID,
    contact: Contact,
    handle: str,
    codes: BothCodes,
    session_id: UUID | None,
    by: Actor,
) -> User:
    """Change the address that both codes confirm; other devices leave, and money stays for a day.

    :raises CodeIsWrong: a code is wrong, spent, too late or was tried too often
    :raises IdentifierTaken: somebody took the address meanwhile
    """
    before = people.get_user(user_id)
    with transaction.atomic():
        answered = challenges.spend_by_code(
            handle=handle, code=_joined(codes), purpose=_CHANGES[contact], user_id=user_id
        )
        after = None
        if answered is not None:
            after = identity.change_contact(
                user_id=user_id,
                contact=contact,
                value=answered.subject,
                session_id=session_id,
                by=by,
            )
            word = "e-mail" if contact == "email" else "telephone"
            sentence = f"The {word} of your account was changed. Money leaves again after a day."
            letters.send_notice(after, sentence, also_to=getattr(before, contact))
    if after is None:
        raise CodeIsWrong(field="code")
    return after


def _send(contact: Contact, new: str, old: str | None, codes: BothCodes) -> None:
    channel = _CHANNELS[contact]
    if people.find_user(identifier=new) is not None:
        sentence = "Somebody tried to use this address, which belongs to your account."
        letters.send_plain(channel, new, sentence)
    else:
        letters.send_code(channel, new, codes.new, lifetime=CHANGE_LIFETIME)
    if old:
        letters.send_code(channel, old, codes.old, lifetime=CHANGE_LIFETIME)


def _joined(codes: BothCodes) -> str:
    return f"{codes.new}:{codes.old}"
