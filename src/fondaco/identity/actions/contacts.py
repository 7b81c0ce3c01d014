"""What identifies a person beside his password: proved, changed, added and taken away.

``credentials`` demands the proofs; here is what follows from them.
"""

from datetime import timedelta
from typing import Any, Final, Literal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from fondaco.identity import models
from fondaco.identity.actions import traces
from fondaco.identity.actions.people import lock_user, refuse_taken
from fondaco.identity.actions.sessions import end_sessions
from fondaco.identity.errors import LastIdentifier
from fondaco.identity.events import ContactChanged, ContactVerified, SecondFactorChanged
from fondaco.identity.rows import show_user
from fondaco.identity.states import SessionEnd
from fondaco.identity.types import User, user_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor

MONEY_HELD_FOR: Final = timedelta(hours=24)
"""Nothing leaves the house for so long after an e-mail or telephone changed."""

Contact = Literal["email", "phone"]


def mark_verified(*, user_id: UUID, contact: Contact, value: str, by: Actor) -> bool:
    """Record that a person is reached at an address; false where it is not his any more.

    :raises NotFound: there is no such user
    """
    with transaction.atomic():
        user = lock_user(user_id)
        if getattr(user, contact) != value:
            return False
        if getattr(user, f"{contact}_verified_at") is None:
            _set(user, **{f"{contact}_verified_at": clock.now()})
            event = ContactVerified(user=user_wire(user_id), contact=contact)
            traces.leave(event, action=f"identity.{contact}.verify", by=by)
    return True


def change_contact(
    *, user_id: UUID, contact: Contact, value: str, session_id: UUID | None, by: Actor
) -> User:
    """Give a person another e-mail or telephone, proved; other devices leave and money stays for a day.

    :raises IdentifierTaken: another user has it
    :raises NotFound: there is no such user
    """
    now = clock.now()
    try:
        with transaction.atomic():
            user = lock_user(user_id)
            _set(
                user,
                **{contact: value, f"{contact}_verified_at": now},
                money_held_until=now + MONEY_HELD_FOR,
            )
            others = Q(user_id=user_id) & ~Q(id=session_id)
            end_sessions(others, reason=SessionEnd.CONTACT_CHANGED, by=by)
            event = ContactChanged(user=user_wire(user_id), contact=contact)
            traces.leave(event, action=f"identity.{contact}.change", by=by)
    except IntegrityError as error:
        raise refuse_taken(error) from error
    return show_user(user)


def assign_telegram(*, user_id: UUID, telegram_id: int, by: Actor) -> User:
    """Let a person log in by Telegram, too.

    :raises IdentifierTaken: another user has it
    :raises NotFound: there is no such user
    """
    try:
        with transaction.atomic():
            user = lock_user(user_id)
            _set(user, telegram_id=telegram_id)
            event = ContactChanged(user=user_wire(user_id), contact="telegram")
            traces.leave(event, action="identity.telegram.assign", by=by)
    except IntegrityError as error:
        raise refuse_taken(error) from error
    return show_user(user)


def unassign_telegram(*, user_id: UUID, by: Actor) -> User:
    """Let a person log in by Telegram no longer; none assigned changes nothing.

    :raises LastIdentifier: nothing else would identify him, or he has no password
    :raises NotFound: there is no such user
    """
    with transaction.atomic():
        user = lock_user(user_id)
        if user.telegram_id is not None:
            reachable = user.email_verified_at or user.phone_verified_at
            if not (reachable or user.has_usable_password()):
                raise LastIdentifier
            if not (user.email or user.phone or user.username):
                raise LastIdentifier
            _set(user, telegram_id=None)
            event = ContactChanged(user=user_wire(user_id), contact="telegram")
            traces.leave(event, action="identity.telegram.unassign", by=by)
    return show_user(user)


def mark_second_factor(*, user_id: UUID, is_on: bool, by: Actor) -> None:
    """Record whether a password alone suffices for a person.

    :raises NotFound: there is no such user
    """
    with transaction.atomic():
        user = lock_user(user_id)
        if (user.second_factor_at is not None) == is_on:
            return
        _set(user, second_factor_at=clock.now() if is_on else None)
        event = SecondFactorChanged(user=user_wire(user_id), is_on=is_on)
        word = "enable" if is_on else "disable"
        traces.leave(event, action=f"identity.second_factor.{word}", by=by)


def _set(user: models.User, **values: Any) -> None:
    for name, value in values.items():
        setattr(user, name, value)
    user.save(update_fields=list(values))
