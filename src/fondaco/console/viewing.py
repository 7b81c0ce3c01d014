"""An operator sees a customer's pages as the customer does: for a while, reading only, and all of it audited.

What is one's own alone stays shut: security, notifications, settings, export. Every page that is seen leaves
an audit row with the operator and his reason.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from fondaco.audit import actions as audit
from fondaco.console.models import Viewing
from fondaco.identity import queries as identity
from fondaco.identity.permissions import READING
from fondaco.identity.types import customer_wire
from fondaco.kit import clock
from fondaco.kit.access import Principal, Role
from fondaco.kit.errors import DomainError, Forbidden, Kind

LASTS: Final = timedelta(minutes=15)
_SECTIONS: Final = (
    "wallets",
    "balances",
    "activity",
    "activity.csv",
    "pay",
    "requests",
    "buy",
    "exchange",
    "limits",
    "orders",
    "merchant",
    "invest",
)
"""The first words of the paths that may be seen besides home."""


class NobodyToView(DomainError):
    """Say that nobody acts for the customer, so that there is nothing to see as he does."""

    code = "nobody_to_view"
    kind = Kind.CONFLICT
    title = "Nobody acts for this customer, so there is nothing to see as he does."


@dataclass(frozen=True, slots=True)
class Viewed:
    """Tell whom an operator sees, why, and how long yet."""

    operator: Principal
    customer_id: UUID
    member_id: UUID
    name: str
    role: Role
    reason: str
    ends_at: datetime

    @property
    def visitor(self) -> Principal:
        """Give the customer's principal, which may read money and orders, and nothing else."""
        return replace(
            self.operator,
            role=self.role,
            user_id=self.member_id,
            customer_id=self.customer_id,
            session_id=None,
            permissions=READING,
        )


def begin(*, visitor: Principal, customer_id: UUID, reason: str) -> None:
    """Let an operator's session see a customer's pages for a quarter of an hour.

    :raises NotFound: there is no such customer
    :raises NobodyToView: nobody acts for him
    :raises Forbidden: the operator is not logged in at a device
    """
    if visitor.session_id is None:
        raise Forbidden("Log in to see pages as a customer.")
    identity.get_customer(customer_id)
    members = identity.list_memberships(customer_id=customer_id)
    if not members:
        raise NobodyToView
    now = clock.now()
    with transaction.atomic():
        _end(visitor.session_id, now)
        Viewing.objects.create(
            session_id=visitor.session_id,
            user_id=visitor.user_id,
            customer_id=customer_id,
            member_id=members[0].user.id,
            reason=reason,
            began_at=now,
            ends_at=now + LASTS,
        )
        audit.record(
            by=visitor.actor,
            action="console.viewing.begin",
            subject=customer_wire(customer_id),
            detail={"reason": reason},
        )


def end(*, visitor: Principal) -> UUID | None:
    """Give an operator his own pages back; gives the customer whom he saw, if there was one."""
    found = _find(visitor)
    if found is None:
        return None
    with transaction.atomic():
        _end(found.session_id, clock.now())
        audit.record(
            by=visitor.actor,
            action="console.viewing.end",
            subject=customer_wire(found.customer_id),
        )
    return found.customer_id


def find_view(visitor: Principal) -> Viewed | None:
    """Give whom an operator sees now; none for everybody else."""
    row = _find(visitor) if visitor.is_staff else None
    if row is None:
        return None
    customer = identity.get_customer(row.customer_id)
    return Viewed(
        operator=visitor,
        customer_id=row.customer_id,
        member_id=row.member_id,
        name=customer.name or customer.wire_id,
        role=Role(customer.kind.value),
        reason=row.reason,
        ends_at=row.ends_at,
    )


def check_seen(view: Viewed, request: HttpRequest) -> None:
    """Pass silently when a page may be seen as a customer, with an audit row of it.

    :raises Forbidden: it would change something, or it is one's own alone
    """
    if request.method not in {"GET", "HEAD"}:
        raise Forbidden("You see this as a customer: nothing can be changed. End the view first.")
    home = reverse("console:home")
    section = request.path.removeprefix(home).partition("/")[0]
    if section and section not in _SECTIONS:
        raise Forbidden("This page is the customer's own alone, or not a customer's at all.")
    audit.record(
        by=view.operator.actor,
        action="console.viewing.page",
        subject=customer_wire(view.customer_id),
        detail={"path": _without_tokens(request.path), "reason": view.reason},
    )


def _without_tokens(path: str) -> str:
    """Cut wallets' tokens off, which belong into no trail."""
    head, mark, _token = path.partition("/wt_")
    return f"{head}/wt_…" if mark else path


def _find(visitor: Principal) -> Viewing | None:
    if visitor.session_id is None:
        return None
    rows = Viewing.objects.filter(session_id=visitor.session_id, ends_at__gt=clock.now())
    return rows.order_by("-id").first()


def _end(session_id: UUID, now: datetime) -> None:
    Viewing.objects.filter(session_id=session_id, ends_at__gt=now).update(ends_at=now)
