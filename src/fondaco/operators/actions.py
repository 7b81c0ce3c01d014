"""The only writers of who works for the house, and of what its people do about background work."""

from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity import actions as identity, queries as people
from fondaco.identity.states import StaffRole
from fondaco.identity.types import SetUpLink, User, user_wire
from fondaco.kit.access import Actor
from fondaco.kit.django import job_store
from fondaco.operators.rights import Right, rights_of
from fondaco.operators.signed import RIGHTS, RightsTerms, check_alone
from fondaco.signing import actions as signing
from fondaco.signing.types import Person, Request


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
    :raises SignatureRequired: rights are given by signatures; appoint him without
    """
    if rights or role is not StaffRole.OPERATOR:
        check_alone(by=by)
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
    :raises SignatureRequired: the house's policy wants signatures: `propose_rights`
    """
    check_alone(by=by)
    permissions = rights_of(role, rights)
    return identity.change_rights(user_id=user_id, role=role, permissions=permissions, by=by)


def propose_rights(
    *, user_id: UUID, role: StaffRole, rights: frozenset[Right], maker: Person
) -> Request:
    """Propose another role and other rights for an operator; they hold with the last signature.

    :raises InvalidField: there is no such operator
    :raises NoBand: the house has no policy for it: a master admin changes rights alone
    :raises SignersMissing: too few could sign
    :raises RequestOpen: a change of his rights waits
    """
    terms = RightsTerms(user=user_wire(user_id), role=role, rights=tuple(sorted(rights)))
    return signing.propose(kind=RIGHTS, terms=terms, maker=maker)


def renew_set_up_link(*, user_id: UUID, by: Actor) -> SetUpLink:
    """Give an operator another one-time token to choose a password with.

    Whoever has one already renews it by e-mail where rights are signed: else one admin could be two people.

    :raises NotFound: there is no such operator
    :raises SignatureRequired: he has a password
    """
    if people.get_user(user_id).has_password:
        check_alone(by=by)
    return identity.renew_set_up_link(user_id=user_id, by=by)


def rerun_job(*, job_id: int, by: Actor) -> None:
    """Have one of the tenant's failed jobs run again.

    :raises NotFound: the tenant has no failed job of this number
    :raises JobWaits: another job of the same kind waits, and one is enough
    """
    with transaction.atomic():
        job_store.rerun(job_id=job_id)
        audit.record(by=by, action="operators.job.rerun", subject=f"job:{job_id}")


def cancel_job(*, job_id: int, by: Actor) -> None:
    """Take one of the tenant's jobs back that no worker has begun.

    :raises NotFound: the tenant has no waiting job of this number
    """
    with transaction.atomic():
        job_store.cancel(job_id=job_id)
        audit.record(by=by, action="operators.job.cancel", subject=f"job:{job_id}")
