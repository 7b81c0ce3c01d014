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
    local = user.email.partition("@")[0] if user.email else None
    told = (user.email, local, user.phone, user.username, user.first_name, user.last_name)
    passwords.check_rules(new, told=told)
    fresh = passwords.hash_password(new)
    with transaction.atomic():
        mine = models.User.objects.filter(id=user_id, password=user.password)
        if not mine.update(password=fresh):  # changed by another request meanwhile
            raise PasswordIsWrong(field="current_password")
        end_sessions(
            Q(user_id=user_id) & ~Q(id=session_id), reason=SessionEnd.PASSWORD_CHANGED, by=by
        )
        event = PasswordChanged(user=user_wire(user_id))
        traces.leave(event, action="identity.password.change", by=by)
