"""The only writers of templates, messages, wishes and mailings."""

from fondaco.notifications.actions.delivering import list_due_channels, resend, send_due
from fondaco.notifications.actions.forgetting import delete_old, forget_person
from fondaco.notifications.actions.inbox import read, read_all
from fondaco.notifications.actions.mailings import (
    advance,
    cancel_mailing,
    make_mailing,
    pause_mailing,
    start_mailing,
)
from fondaco.notifications.actions.preferences import change_wishes, unsubscribe
from fondaco.notifications.actions.routing import route
from fondaco.notifications.actions.slack import add_slack, prove_slack, remove_slack
from fondaco.notifications.actions.templates import restore_version, save_template

__all__ = [
    "add_slack",
    "advance",
    "cancel_mailing",
    "change_wishes",
    "delete_old",
    "forget_person",
    "list_due_channels",
    "make_mailing",
    "pause_mailing",
    "prove_slack",
    "read",
    "read_all",
    "remove_slack",
    "resend",
    "restore_version",
    "route",
    "save_template",
    "send_due",
    "start_mailing",
    "unsubscribe",
]
