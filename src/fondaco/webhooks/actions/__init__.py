"""The only writers of endpoints and deliveries."""

from fondaco.webhooks.actions.endpoints import (
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    issue_callback_secret,
    make_endpoint,
    rotate_secret,
)
from fondaco.webhooks.actions.resends import resend, resend_range, send_test
from fondaco.webhooks.actions.routing import route, route_callback
from fondaco.webhooks.actions.trying import delete_ended, deliver_due

__all__ = [
    "delete_ended",
    "delete_endpoint",
    "deliver_due",
    "disable_endpoint",
    "enable_endpoint",
    "issue_callback_secret",
    "make_endpoint",
    "resend",
    "resend_range",
    "rotate_secret",
    "route",
    "route_callback",
    "send_test",
]
