"""``/operator/people``: who works for the house; the master admin alone changes it."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from fondaco.identity import actions as identity
from fondaco.identity.errors import IdentifierTaken
from fondaco.identity.states import StaffRole
from fondaco.identity.types import USER_PREFIX, SetUpLink, User
from fondaco.kit.access import Actor, Role, require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, Text, WireId
from fondaco.kit.errors import SignatureRequired
from fondaco.operators import actions, queries
from fondaco.operators.api.adjustments import PROPOSING
from fondaco.operators.rights import Right
from fondaco.signing.shapes import SignRequestOut, person_of

router = Router(auth=staff, tags=["people"])

UserWireId = Annotated[UUID, WireId(USER_PREFIX)]
Name = Annotated[Text, Field(min_length=1, max_length=100)]


class RightsIn(Strict):
    """Take role and rights; the rights count for the role of operator only."""

    role: StaffRole
    rights: list[Right] = Field(default=[], max_length=len(Right))


class AppointIn(RightsIn):
    """Take who is appointed."""

    email: Annotated[Text, Field(min_length=3, max_length=320)]
    first_name: Name
    last_name: Name


class DismissIn(Strict):
    """Take why."""

    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class OperatorOut(Strict):
    """Show one of the house's own people."""

    id: UserWireId
    email: str | None
    first_name: str
    last_name: str
    role: StaffRole | None
    permissions: list[str]
    created_at: datetime
    disabled_at: datetime | None

    @classmethod
    def of(cls, user: User) -> Self:
        """Show an operator."""
        return cls(
            id=user.id,
            email=user.email,
            first_name=user.first_name,
            last_name=user.last_name,
            role=user.staff_role,
            permissions=sorted(user.permissions),
            created_at=user.created_at,
            disabled_at=user.disabled_at,
        )


class OperatorsOut(Strict):
    """Show the house's own people, dismissed ones included, oldest first."""

    items: list[OperatorOut]


class SetUpOut(Strict):
    """Show the one-time token with which the new operator chooses a password."""

    id: UserWireId
    set_up_token: str = Field(description="Shown once; spent with POST /auth/set-up.")
    expires_at: datetime

    @classmethod
    def of(cls, link: SetUpLink) -> Self:
        """Show the token."""
        return cls(id=link.user_id, set_up_token=link.token, expires_at=link.expires_at)


@router.get("")
def list_operators(request: HttpRequest) -> OperatorsOut:
    """List the house's own people."""
    require(principal(request), Right.OPERATORS_READ)
    return OperatorsOut(items=[OperatorOut.of(user) for user in queries.list_operators()])


@router.post("", status=201, errors=(IdentifierTaken, SignatureRequired))
def appoint(request: HttpRequest, body: AppointIn) -> SetUpOut:
    """Appoint somebody; the answer's token is handed over in person."""
    link = actions.appoint(
        role=body.role,
        email=body.email,
        first_name=body.first_name,
        last_name=body.last_name,
        rights=frozenset(body.rights),
        by=_master(request),
    )
    return SetUpOut.of(link)


@router.put("/{user_id}/rights", errors=(SignatureRequired,))
def change_rights(request: HttpRequest, user_id: UserWireId, body: RightsIn) -> OperatorOut:
    """Give an operator another role and other rights; his sessions end, so they hold at once."""
    by = _master(request)
    rights = frozenset(body.rights)
    return OperatorOut.of(
        actions.change_rights(user_id=user_id, role=body.role, rights=rights, by=by)
    )


@router.post("/{user_id}/rights-proposals", status=201, errors=PROPOSING)
@idempotent("operators.propose_rights")
def propose_rights(request: HttpRequest, user_id: UserWireId, body: RightsIn) -> SignRequestOut:
    """Propose another role and other rights; they hold with the last signature of the house's policy."""
    _master(request)
    made = actions.propose_rights(
        user_id=user_id,
        role=body.role,
        rights=frozenset(body.rights),
        maker=person_of(principal(request)),
    )
    return SignRequestOut.of(made)


@router.post("/{user_id}/set-up-token", errors=(SignatureRequired,))
def renew_set_up_token(request: HttpRequest, user_id: UserWireId) -> SetUpOut:
    """Give an operator another token to choose a password with; earlier ones are spent."""
    return SetUpOut.of(actions.renew_set_up_link(user_id=user_id, by=_master(request)))


@router.post("/{user_id}/dismiss")
def dismiss(request: HttpRequest, user_id: UserWireId, body: DismissIn) -> OperatorOut:
    """Shut an operator out; the sessions end at once."""
    by = _master(request)
    return OperatorOut.of(identity.dismiss_operator(user_id=user_id, reason=body.reason, by=by))


def _master(request: HttpRequest) -> Actor:
    who = principal(request)
    return require(who, "operators:manage", Role.MASTER_ADMIN).actor
