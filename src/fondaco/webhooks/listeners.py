"""Reactions to events: whatever concerns a customer may go to his endpoints."""

from fondaco.kit.django import relay
from fondaco.kit.django.audiences import public_types
from fondaco.orders.events import OrderMoved
from fondaco.webhooks import actions

for _type in sorted(public_types()):
    relay.on(_type, actions.route, name="webhooks.route")
relay.on(OrderMoved.event_type, actions.route_callback, name="webhooks.route_callback")
