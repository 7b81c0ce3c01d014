"""Reactions to events: whatever concerns a customer may go to his endpoints."""

from fondaco.kit.django import relay
from fondaco.kit.django.audiences import public_types
from fondaco.orders.events import OrderMoved
from fondaco.webhooks import actions

relay.on_batch(public_types(), actions.route, name="webhooks.route")
relay.on(OrderMoved.event_type, actions.route_callback, name="webhooks.route_callback")
