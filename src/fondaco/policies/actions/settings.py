"""Write what the house wants otherwise than the environment says."""

from typing import Any
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity.types import customer_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.django.locks import lock_name
from fondaco.kit.ids import uuid7
from fondaco.policies import book, models
from fondaco.policies.events import SettingChanged
from fondaco.policies.settings import checked


def put_setting(*, name: str, customer: UUID | None, value: Any, by: Actor) -> Any:
    """Set a house's or a customer's value; none removes it, so that the environment's holds again.

    :raises InvalidField: there is no such setting, or it cannot have this value
    """
    wanted = None
    if value is not None:
        wanted = checked(name=name, value=value, is_of_customer=customer is not None)
    with transaction.atomic():
        lock_name(f"policies.setting:{name}:{customer or ''}")
        rows = models.Setting.objects.filter(name=name)
        mine = rows.filter(customer=None) if customer is None else rows.filter(customer_id=customer)
        row = mine.first()
        before = None if row is None else row.value
        if wanted is None:
            mine.delete()
        else:
            row = row or models.Setting(id=uuid7(), name=name, customer_id=customer)
            row.value, row.changed_at = wanted, clock.now()
            row.save()
        book.turn_page()
        whose = customer_wire(customer) if customer else None
        told = SettingChanged(name=name, customer=whose, removed=wanted is None)
        events.publish(told, by=by)
        audit.record(
            by=by,
            action="policies.setting.change",
            subject=name,
            detail={"customer": whose, "before": before, "after": wanted},
        )
    return wanted
