"""The only writers of who works for the house."""

from uuid import UUID

from fondaco.identity import actions as identity
from fondaco.identity.states import StaffRole
from fondaco.identity.types import SetUpLink, User
from fondaco.kit.access import Actor
from fondaco.operators.rights import Right, rights_of


def appoint(
    *,
    role: StaffRole,
    email: str,
    first_name: str,
    last_name: str,
    rights: frozenset[Right] = frozenset(),
    by: Actor,
) -> SetUpLink:
    """Make an operator and the one-time token with which he chooses a password.

    A master admin holds all rights and an auditor all that only read, whatever ``rights`` says.

    :raises InvalidField: a value cannot be taken
    :raises IdentifierTaken: another user has the e-mail
    """
    return identity.create_operator(
        role=role,
        email=email,
        first_name=first_name,
        last_name=last_name,
        permissions=rights_of(role, rights),
        by=by,
    )


def change_rights(*, user_id: UUID, role: StaffRole, rights: frozenset[Right], by: Actor) -> User:
    """Give an operator another role and other rights; they hold at once, since his sessions end.

    :raises NotFound: there is no such operator
    """
    permissions = rights_of(role, rights)
    return identity.change_rights(user_id=user_id, role=role, permissions=permissions, by=by)
