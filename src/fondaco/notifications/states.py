"""Where messages and mailings stand, and by which channels they go."""

from typing import Final

from django.db.models import TextChoices

from fondaco.kit.lifecycle import Lifecycle


class Channel(TextChoices):
    """By which road a message goes."""

    EMAIL = "email"
    SMS = "sms"
    TELEGRAM = "telegram"
    SLACK = "slack"
    IN_APP = "in_app"
    """Kept here, to be read over the API."""
    APPRISE = "apprise"
    """One of the further services that the house named; for its own alerts alone."""


PERSONAL: Final = tuple(channel for channel in Channel if channel != Channel.APPRISE)
"""What people are reached by."""


class MessageState(TextChoices):
    """How far a message has come."""

    WAITING = "waiting"
    """It is sent when it is due."""
    SENDING = "sending"
    """A worker holds it."""
    SENT = "sent"
    """The carrier has it; in-app ones are there to be read."""
    DOUBTFUL = "doubtful"
    """It may have arrived: a worker died, or no answer came. Only an operator sends it again."""
    DEAD = "dead"
    """The carrier refused it for good, or all tries are spent."""
    CANCELLED = "cancelled"
    """The person cannot be reached by this channel any more, or its mailing was cancelled."""


_ENDS = frozenset(
    {
        MessageState.SENT,
        MessageState.DOUBTFUL,
        MessageState.DEAD,
        MessageState.CANCELLED,
    }
)

MESSAGE_LIFE: Final = Lifecycle[MessageState](
    {
        MessageState.WAITING: {MessageState.SENDING, MessageState.CANCELLED},
        MessageState.SENDING: {MessageState.WAITING, MessageState.SENDING} | _ENDS,
        MessageState.SENT: {MessageState.WAITING},
        MessageState.DOUBTFUL: {MessageState.WAITING},
        MessageState.DEAD: {MessageState.WAITING},
        MessageState.CANCELLED: {MessageState.WAITING},
    }
)
"""What has ended goes back to waiting when an operator sends it again."""

ENDED: Final = _ENDS


class MailingState(TextChoices):
    """How far a mailing has come."""

    DRAFT = "draft"
    RUNNING = "running"
    """Recipients are gone through, so many a minute."""
    PAUSED = "paused"
    DONE = "done"
    """Everybody has a message."""
    CANCELLED = "cancelled"
    """Nobody gets a message any more."""


MAILING_LIFE: Final = Lifecycle[MailingState](
    {
        MailingState.DRAFT: {MailingState.RUNNING, MailingState.CANCELLED},
        MailingState.RUNNING: {
            MailingState.PAUSED,
            MailingState.DONE,
            MailingState.CANCELLED,
        },
        MailingState.PAUSED: {MailingState.RUNNING, MailingState.CANCELLED},
        MailingState.DONE: set(),
        MailingState.CANCELLED: set(),
    }
)
