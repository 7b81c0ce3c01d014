"""The tables that every domain shares, one file for each noun."""

from fondaco.kit.django.models.attempts import Attempt
from fondaco.kit.django.models.events import Event, EventHorizon, EventReader
from fondaco.kit.django.models.histories import StateChange
from fondaco.kit.django.models.idempotency import StoredAnswer

__all__ = ["Attempt", "Event", "EventHorizon", "EventReader", "StateChange", "StoredAnswer"]
