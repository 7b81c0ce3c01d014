"""The doors of notifications: one's own messages and wishes, leaving mailings, the operators' desk."""

from typing import Final

from fondaco.kit.django.api.router import Router
from fondaco.notifications.api import leaving, mailings, messages, mine, templates

MOUNTS: Final[tuple[tuple[str, Router], ...]] = (
    ("/me/notifications", mine.inbox),
    ("/me/notification-preferences", mine.preferences),
    ("/notifications/unsubscribe", leaving.router),
    ("/operator/notifications/templates", templates.router),
    ("/operator/notifications/messages", messages.router),
    ("/operator/notifications/mailings", mailings.router),
)

__all__ = ["MOUNTS"]
