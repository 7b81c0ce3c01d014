"""The two traces that every change leaves, written with the change itself."""

from collections.abc import Mapping
from typing import Any

from fondaco.audit import actions as audit
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.django.events import DomainEvent


def leave(
    event: DomainEvent,
    *,
    action: str,
    by: Actor,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write the audit row and the event of one change, in the current transaction."""
    audit.record(by=by, action=action, subject=event.subject, detail=detail)
    events.publish(event, by=by)
