"""What crosses the border of notifications."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from fondaco.kit.ids import encode
from fondaco.notifications.states import Channel, MailingState, MessageState

MessageId = NewType("MessageId", UUID)
MailingId = NewType("MailingId", UUID)

MESSAGE_PREFIX: Final = "msg"
MAILING_PREFIX: Final = "mlg"
ENGLISH: Final = "en"
MAILING: Final = "mailing"
"""The notice that mailings are, which no event brings."""


def message_wire(message_id: UUID) -> str:
    """Write a message's identifier for the wire: ``msg_…``."""
    return encode(MESSAGE_PREFIX, message_id)


def mailing_wire(mailing_id: UUID) -> str:
    """Write a mailing's identifier for the wire: ``mlg_…``."""
    return encode(MAILING_PREFIX, mailing_id)


class Topic(StrEnum):
    """What a notice is about; people choose channels for the first four in their settings too."""

    PAYMENTS = "payments"
    ORDERS = "orders"
    STATEMENTS = "statements"
    NEWS = "news"
    ACCOUNT = "account"
    """Who one is here, and what one may do."""
    SECURITY = "security"
    """One's own safety: always sent."""
    HOUSE = "house"
    """For the house's own people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Hold what a template writes, or what it wrote."""

    subject: str = ""
    text: str
    html: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Declare what people are told when an event happens."""

    name: str
    event: str
    """The event's type; empty: nothing but a mailing brings it."""
    to: str
    """The field of the event that names who is told: a customer, a wallet or a user; ``staff``: the house."""
    topic: Topic
    says: str
    """When it is sent, for those who choose."""
    wording: Wording = field(repr=False)
    channels: frozenset[Channel] = frozenset({Channel.IN_APP, Channel.EMAIL})
    """By which it goes unless a person wants otherwise."""
    is_transactional: bool = False
    """Whether nobody can switch these channels off."""
    people: Mapping[str, str] = field(default_factory=dict)
    """Further values: the name of the customer whom a field names, or whose wallet it names."""
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Fields and the words that they must say for the notice to be sent; none: always."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Show the words of a notice by a channel in a language, in one version."""

    notice: str
    channel: Channel
    language: str
    version: int
    """0: as shipped."""
    wording: Wording
    is_shipped: bool
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Show a message and how it fares."""

    id: MessageId
    notice: str
    channel: Channel
    language: str
    user_id: UUID | None
    address: str
    """Of the house's own alerts; people's addresses are not kept here."""
    state: MessageState
    attempts: int
    wording: Wording | None
    """None: destroyed."""
    event_id: UUID | None
    mailing_id: UUID | None
    created_at: datetime
    due_at: datetime
    ended_at: datetime | None
    read_at: datetime | None
    error: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Step:
    """Tell one move of a message."""

    before: str
    after: str
    at: datetime
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class Wish:
    """Show whether a person is told of a notice by a channel."""

    notice: str
    channel: Channel
    is_on: bool
    is_fixed: bool
    """Whether it cannot be switched off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Choose the customers whose people get a mailing; what is not named is not asked."""

    kind: str = ""
    level: str = ""
    group_id: UUID | None = None
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """Show a mailing and how far it has come."""

    id: MailingId
    label: str
    channel: Channel
    wording: Wording
    audience: Audience
    per_minute: int
    state: MailingState
    made: int
    """Messages that were made."""
    left_out: int
    """People who want none, or cannot be reached."""
    created_at: datetime
    ended_at: datetime | None
    by: str
