"""The tables that every domain shares, one file for each noun."""

from fondaco.kit.django.models.attempts import Attempt
from fondaco.kit.django.models.callbacks import InboundCallback
from fondaco.kit.django.models.deliveries import Delivery
from fondaco.kit.django.models.events import Event, EventHorizon, EventReader
from fondaco.kit.django.models.files import StoredFile
from fondaco.kit.django.models.histories import StateChange
from fondaco.kit.django.models.idempotency import StoredAnswer
from fondaco.kit.django.models.maintenance import Maintenance

__all__ = [
    "Attempt",
    "Delivery",
    "Event",
    "EventHorizon",
    "EventReader",
    "InboundCallback",
    "Maintenance",
    "StateChange",
    "StoredAnswer",
    "StoredFile",
]
