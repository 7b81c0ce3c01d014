"""Groups of customers, to which rules may be given."""

from uuid import UUID

from django.db import IntegrityError, transaction

from fondaco.identity import models, names
from fondaco.identity.actions import traces
from fondaco.identity.errors import GroupNameTaken
from fondaco.identity.events import CustomerGrouped, GroupMade
from fondaco.identity.rows import show_customer, show_group
from fondaco.identity.types import Customer, Group, customer_wire, group_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.errors import NotFound


def make_group(*, name: str, by: Actor) -> Group:
    """Make an empty group.

    :raises InvalidField: the name cannot be taken
    :raises GroupNameTaken: there is a group of this name
    """
    clean = names.clean_name(name, field="name")
    try:
        with transaction.atomic():
            row = models.CustomerGroup.objects.create(name=clean, created_at=clock.now())
            event = GroupMade(group=group_wire(row.id))
            traces.leave(event, action="identity.group.make", by=by, detail={"name": clean})
    except IntegrityError as error:
        raise GroupNameTaken(field="name") from error
    return show_group(row)


def put_into_group(*, customer_id: UUID, group_id: UUID | None, by: Actor) -> Customer:
    """Move a customer into a group, or out of all; where he is already changes nothing.

    :raises NotFound: there is no such customer or group
    """
    with transaction.atomic():
        rows = models.Customer.objects.select_for_update(no_key=True)
        customer = rows.filter(id=customer_id).first()
        if customer is None:
            raise NotFound("There is no such customer.")
        if group_id and not models.CustomerGroup.objects.filter(id=group_id).exists():
            raise NotFound("There is no such group.")
        if customer.group_id != group_id:
            customer.group_id = group_id
            customer.save(update_fields=["group"])
            group = group_wire(group_id) if group_id else ""
            traces.leave(
                CustomerGrouped(customer=customer_wire(customer_id), group=group),
                action="identity.customer.group",
                by=by,
                detail={"group": group},
            )
    return show_customer(customer)
