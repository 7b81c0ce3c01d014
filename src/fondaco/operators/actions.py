"""The only writers of who works for the house, and of what its people do about background work."""

from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity import actions as identity
from fondaco.identity.states import StaffRole
from fondaco.identity.types import SetUpLink, User
from fondaco.kit.access import Actor
from fondaco.kit.django import job_store
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
