"""Reactions to events: whatever people are told of becomes messages."""

from fondaco.identity.events import PersonErased
from fondaco.kit.django import relay
from fondaco.notifications import actions, catalogue

relay.on_batch(sorted(catalogue.by_event()), actions.route, name="notifications.route")
relay.on_batch([PersonErased.event_type], actions.forget_person, name="notifications.forget")
