"""What the house does to a customer: shut out, let in again, raise or lower the level."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from fondaco.identity import models
from fondaco.identity.actions import traces
from fondaco.identity.actions.sessions import end_sessions
from fondaco.identity.events import (
    CustomerDisabled,
    CustomerEnabled,
    LevelChanged,
    OrganisationMade,
)
from fondaco.identity.names import ORGANISATION_CHARACTERS_MAX, clean_name, clean_url
from fondaco.identity.rows import show_customer
from fondaco.identity.states import LEVEL_LIFE, CustomerKind, Level, SessionEnd
from fondaco.identity.types import Customer, customer_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.errors import NotFound

_REASON_CHARACTERS_MAX = 500


def make_organisation(*, kind: CustomerKind, name: str, url: str, by: Actor) -> Customer:
    """Make an organisation without people; who heads it is invited.

    :raises InvalidField: a value cannot be taken
    """
    longest = ORGANISATION_CHARACTERS_MAX
    clean = clean_name(name, field="name", characters_max=longest)
    site = clean_url(url) if url else ""
    with transaction.atomic():
        row = models.Customer.objects.create(
            kind=kind, name=clean, url=site, level=Level.NOT_VERIFIED, created_at=clock.now()
        )
        event = OrganisationMade(customer=customer_wire(row.id), kind=kind.value)
        traces.leave(event, action="identity.customer.make", by=by, detail={"kind": kind.value})
    return show_customer(row)


def disable_customer(*, customer_id: UUID, reason: str, by: Actor) -> Customer:
    """Shut a customer out: his sessions end at once, his money stays. Again changes nothing.

    :raises NotFound: there is none
    :raises InvalidField: the reason is empty or too long
    """
    told = _clean_reason(reason)
    with transaction.atomic():
        customer = _lock_customer(customer_id)
        if customer.disabled_at is None:
            customer.disabled_at = clock.now()
            customer.save(update_fields=["disabled_at"])
            end_sessions(Q(customer_id=customer_id), reason=SessionEnd.DISABLED, by=by)
            traces.leave(
                CustomerDisabled(customer=customer_wire(customer_id), reason=told),
                action="identity.customer.disable",
                by=by,
                detail={"reason": told},
            )
    return show_customer(customer)


def enable_customer(*, customer_id: UUID, reason: str, by: Actor) -> Customer:
    """Let a customer in again; he logs in anew. Again changes nothing.

    :raises NotFound: there is none
    :raises InvalidField: the reason is empty or too long
    """
    told = _clean_reason(reason)
    with transaction.atomic():
        customer = _lock_customer(customer_id)
        if customer.disabled_at is not None:
            customer.disabled_at = None
            customer.save(update_fields=["disabled_at"])
            traces.leave(
                CustomerEnabled(customer=customer_wire(customer_id)),
                action="identity.customer.enable",
                by=by,
                detail={"reason": told},
            )
    return show_customer(customer)


def change_level(*, customer_id: UUID, to: Level, reason: str, by: Actor) -> Customer:
    """Say how far a customer has proved who he is; the level that he has already changes nothing.

    :raises NotFound: there is none
    :raises InvalidField: the reason is empty or too long
    :raises IllegalMove: the level cannot follow the present one
    """
    told = _clean_reason(reason)
    with transaction.atomic():
        customer = _lock_customer(customer_id)
        before = Level(customer.level)
        if before != to:
            LEVEL_LIFE.check(before, to)
            customer.level = to
            customer.save(update_fields=["level"])
            wire = customer_wire(customer_id)
            traces.leave(
                LevelChanged(customer=wire, before=before.value, after=to.value),
                action="identity.customer.change_level",
                by=by,
                detail={"before": before.value, "after": to.value, "reason": told},
            )
    return show_customer(customer)


def _lock_customer(customer_id: UUID) -> models.Customer:
    customer = models.Customer.objects.select_for_update(no_key=True).filter(id=customer_id).first()
    if customer is None:
        raise NotFound("There is no such customer.")
    return customer


def _clean_reason(reason: str) -> str:
    return clean_name(reason, field="reason", characters_max=_REASON_CHARACTERS_MAX)
