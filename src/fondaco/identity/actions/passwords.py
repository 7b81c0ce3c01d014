"""How a user changes his password."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from fondaco.identity import models, passwords
from fondaco.identity.actions import traces
from fondaco.identity.actions.sessions import end_sessions
from fondaco.identity.errors import PasswordIsWrong
from fondaco.identity.events import PasswordChanged
from fondaco.identity.states import SessionEnd
from fondaco.identity.types import user_wire
from fondaco.kit.access import Actor
from fondaco.kit.errors import NotFound


def is_password(*, user_id: UUID, password: str) -> bool:
    """Tell whether this is the user's password; one hash, whatever the answer."""
    stored = models.User.objects.filter(id=user_id).values_list("password", flat=True).first()
    return passwords.verify(password, stored)


def change_password(
    *, user_id: UUID, current: str, new: str, session_id: UUID | None, by: Actor
) -> None:
    """Replace the password of a user who knows the present one; all sessions but ``session_id`` end.

    :raises PasswordIsWrong: ``current`` is not the password
    :raises WeakPassword: the new one may not be used
    """
    user = models.User.objects.get(id=user_id)
    if not passwords.verify(current, user.password):
        raise PasswordIsWrong(field="current_password")
    fresh = _checked_hash(user, new, field="new_password")
    with transaction.atomic():
        mine = models.User.objects.filter(id=user_id, password=user.password)
        if not mine.update(password=fresh):  # changed by another request meanwhile
            raise PasswordIsWrong(field="current_password")
        _end_others(user_id, session_id, by)


def replace_password(*, user_id: UUID, new: str, by: Actor) -> None:
    """Set the password of a user who has proved himself in another way; all sessions end.

    :raises NotFound: there is no such user
    :raises WeakPassword: the new one may not be used
    """
    user = models.User.objects.filter(id=user_id).first()
    if user is None:
        raise NotFound("There is no such user.")
    fresh = _checked_hash(user, new)
    with transaction.atomic():
        models.User.objects.filter(id=user_id).update(password=fresh)
        _end_others(user_id, None, by)


def _checked_hash(user: models.User, new: str, *, field: str = "password") -> str:
    local = user.email.partition("@")[0] if user.email else None
    told = (
        user.email,
        local,
        user.phone,
        user.username,
        user.first_name,
        user.last_name,
    )
    passwords.check_rules(new, told=told, field=field)
    return passwords.hash_password(new)


def _end_others(user_id: UUID, session_id: UUID | None, by: Actor) -> None:
    others = Q(user_id=user_id) if session_id is None else Q(user_id=user_id) & ~Q(id=session_id)
    end_sessions(others, reason=SessionEnd.PASSWORD_CHANGED, by=by)
    event = PasswordChanged(user=user_wire(user_id))
    traces.leave(event, action="identity.password.change", by=by)
