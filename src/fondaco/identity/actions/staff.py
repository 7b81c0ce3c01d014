"""The house's own people as users: made without a password, which they choose by a one-time token."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from fondaco.identity import models, passwords, tokens
from fondaco.identity.actions import traces
from fondaco.identity.actions.people import Person, refuse_taken
from fondaco.identity.actions.sessions import end_sessions
from fondaco.identity.errors import SetUpRefused
from fondaco.identity.events import (
    OperatorCreated,
    OperatorDismissed,
    PasswordChanged,
    RightsChanged,
    SetUpLinkRenewed,
)
from fondaco.identity.rows import show_user
from fondaco.identity.states import SessionEnd, StaffRole
from fondaco.identity.types import SetUpLink, User, UserId, user_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.errors import NotFound

_SET_UP_LIFETIME: Final = timedelta(days=1)


def create_operator(
    *,
    role: StaffRole,
    email: str,
    first_name: str,
    last_name: str,
    permissions: frozenset[str],
    by: Actor,
    username: str | None = None,
) -> SetUpLink:
    """Make a user of the house and a one-time token with which he chooses a password within a day.

    Which permissions there are is for ``operators`` to say.

    :raises InvalidField: a value cannot be taken
    :raises IdentifierTaken: another user has the e-mail or user name
    """
    person = Person.checked(
        email=email,
        phone=None,
        username=username,
        first_name=first_name,
        last_name=last_name,
    )
    try:
        with transaction.atomic():
            user = person.insert(
                password_hash=passwords.UNUSABLE,
                staff_role=role,
                permissions=permissions,
            )
            wire = user_wire(user.id)
            traces.leave(
                OperatorCreated(user=wire, role=role.value),
                action="identity.operator.create",
                by=by,
                detail={"role": role.value, "permissions": sorted(permissions)},
            )
            return _new_link(user)
    except IntegrityError as error:
        raise refuse_taken(error) from error


def renew_set_up_link(*, user_id: UUID, by: Actor) -> SetUpLink:
    """Give an operator another one-time token; earlier ones are spent, the password and sessions stay.

    :raises NotFound: there is no such operator, or he is dismissed
    """
    with transaction.atomic():
        user = _lock_operator(user_id)
        user.set_up_tokens.filter(used_at__isnull=True).update(used_at=clock.now())
        link = _new_link(user)
        event = SetUpLinkRenewed(user=user_wire(user.id))
        traces.leave(event, action="identity.operator.renew_set_up_link", by=by)
    return link


def set_up_operator(*, token: str, password: str) -> User:
    """Spend a one-time token for a password; all sessions of the operator end.

    :raises SetUpRefused: the token is unknown, used or past its time
    :raises WeakPassword: the password may not be used; the token stays good
    """
    passwords.check_rules(password)
    password_hash = passwords.hash_password(password)
    with transaction.atomic():
        found = models.SetUpToken.objects.select_for_update().filter(digest=tokens.digest(token))
        link = found.first()
        if link is None or link.used_at is not None or link.expires_at <= clock.now():
            raise SetUpRefused
        user = _lock_operator(link.user_id)
        link.used_at = clock.now()
        link.save(update_fields=["used_at"])
        user.password = password_hash
        user.save(update_fields=["password"])
        shown = show_user(user)
        end_sessions(Q(user=user), reason=SessionEnd.PASSWORD_CHANGED, by=shown.actor)
        event = PasswordChanged(user=shown.wire_id)
        traces.leave(event, action="identity.operator.set_up", by=shown.actor)
    return shown


def change_rights(
    *, user_id: UUID, role: StaffRole, permissions: frozenset[str], by: Actor
) -> User:
    """Give an operator another role and other permissions; his sessions end, so they hold at once.

    :raises NotFound: there is no such operator, or he is dismissed
    """
    with transaction.atomic():
        user = _lock_operator(user_id)
        before = {"role": user.staff_role, "permissions": sorted(user.permissions)}
        after = {"role": role.value, "permissions": sorted(permissions)}
        if before != after:
            user.staff_role, user.permissions = role, sorted(permissions)
            user.save(update_fields=["staff_role", "permissions"])
            end_sessions(Q(user=user), reason=SessionEnd.RIGHTS_CHANGED, by=by)
            traces.leave(
                RightsChanged(user=user_wire(user.id), role=role.value),
                action="identity.operator.change_rights",
                by=by,
                detail={"before": before, "after": after},
            )
    return show_user(user)


def dismiss_operator(*, user_id: UUID, reason: str, by: Actor) -> User:
    """Shut one of the house's people out; the sessions end at once.

    :raises NotFound: there is no such operator, or he is dismissed
    """
    with transaction.atomic():
        user = _lock_operator(user_id)
        user.disabled_at = clock.now()
        user.save(update_fields=["disabled_at"])
        end_sessions(Q(user=user), reason=SessionEnd.DISABLED, by=by)
        traces.leave(
            OperatorDismissed(user=user_wire(user.id)),
            action="identity.operator.dismiss",
            by=by,
            detail={"reason": reason},
        )
    return show_user(user)


def _new_link(user: models.User) -> SetUpLink:
    token, digest = tokens.new_opaque(tokens.SET_UP_PREFIX)
    now = clock.now()
    row = models.SetUpToken.objects.create(
        user=user, digest=digest, created_at=now, expires_at=now + _SET_UP_LIFETIME
    )
    return SetUpLink(user_id=UserId(user.id), token=token, expires_at=row.expires_at)


def _lock_operator(user_id: UUID) -> models.User:
    people = models.User.objects.select_for_update(no_key=True)
    user = people.filter(id=user_id, disabled_at__isnull=True).exclude(staff_role="").first()
    if user is None:
        raise NotFound("There is no such operator.")
    return user
