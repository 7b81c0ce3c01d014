"""What happens to messages, templates and mailings, in the past tense; no event says what a message said."""

from dataclasses import dataclass

from fondaco.kit.django.events import HOUSE, DomainEvent, event


@event("notifications.message.died", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDied(DomainEvent):
    """A message could not be sent, or may not have arrived; an operator decides."""

    message: str
    notice: str
    channel: str
    state: str
    attempts: int
    reason: str

    @property
    def subject(self) -> str:
        """Name the message."""
        return self.message


@event("notifications.template.saved", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSaved(DomainEvent):
    """A notice is worded otherwise from now on."""

    notice: str
    channel: str
    language: str
    number: int

    @property
    def subject(self) -> str:
        """Name the template."""
        return f"{self.notice}/{self.channel}/{self.language}"


@event("notifications.mailing.moved", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class MailingMoved(DomainEvent):
    """A mailing began, stopped or ended."""

    mailing: str
    source: str
    target: str

    @property
    def subject(self) -> str:
        """Name the mailing."""
        return self.mailing


@event("notifications.preferences.changed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesChanged(DomainEvent):
    """A person wants to be told otherwise than before."""

    user: str

    @property
    def subject(self) -> str:
        """Name the person."""
        return self.user
