"""``/operator/notifications/messages``: what was sent to whom, how it fared, and sending it again."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.identity.types import USER_PREFIX
from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, Text, WireId
from fondaco.kit.lifecycle import IllegalMove
from fondaco.notifications import actions, queries
from fondaco.notifications.errors import NothingToSend
from fondaco.notifications.states import Channel, MessageState
from fondaco.notifications.types import MAILING_PREFIX, MESSAGE_PREFIX, Message, Step

router = Router(auth=staff, tags=["notifications"])

MessageWireId = Annotated[UUID, WireId(MESSAGE_PREFIX)]
MailingWireId = Annotated[UUID, WireId(MAILING_PREFIX)]
UserWireId = Annotated[UUID, WireId(USER_PREFIX)]
EventWireId = Annotated[UUID, WireId("evt")]

READ = "notifications:read"
MANAGE = "notifications:manage"


class MessagesIn(Paging):
    """Narrow the list."""

    state: MessageState | None = None
    channel: Channel | None = None
    notice: Annotated[Text, Field(max_length=60)] = ""
    user: UserWireId | None = None
    mailing: MailingWireId | None = None


class SentMessageOut(Strict):
    """Show a message, without what it said."""

    id: MessageWireId
    notice: str
    channel: Channel
    language: str
    user: UserWireId | None
    address: str = Field(description="Of the house's own alerts.")
    event: EventWireId | None
    mailing: MailingWireId | None
    state: MessageState
    attempts: int
    created_at: datetime
    due_at: datetime
    ended_at: datetime | None
    read_at: datetime | None
    error: str
    receipt: str

    @classmethod
    def of(cls, one: Message) -> Self:
        """Show a message."""
        return cls(
            id=one.id,
            notice=one.notice,
            channel=one.channel,
            language=one.language,
            user=one.user_id,
            address=one.address,
            event=one.event_id,
            mailing=one.mailing_id,
            state=one.state,
            attempts=one.attempts,
            created_at=one.created_at,
            due_at=one.due_at,
            ended_at=one.ended_at,
            read_at=one.read_at,
            error=one.error,
            receipt=one.receipt,
        )


class MessageStepOut(Strict):
    """Show one move."""

    before: str
    after: str
    at: datetime
    by: str
    note: str

    @classmethod
    def of(cls, step: Step) -> Self:
        """Show a move."""
        return cls(before=step.before, after=step.after, at=step.at, by=step.by, note=step.note)


class MessageFileOut(Strict):
    """Show a message with its words and its moves."""

    message: SentMessageOut
    subject: str
    text: str
    html: str
    steps: list[MessageStepOut]


@router.get("")
def list_notification_messages(
    request: HttpRequest, asked: Query[MessagesIn]
) -> Listing[SentMessageOut]:
    """List messages, newest first; with ``state=dead`` or ``doubtful`` those that need somebody."""
    require(principal(request), READ)
    return paged(
        asked,
        lambda after, limit: queries.list_messages(
            state=asked.state,
            channel=asked.channel,
            notice=asked.notice,
            user_id=asked.user,
            mailing_id=asked.mailing,
            after=after,
            limit=limit,
        ),
        SentMessageOut.of,
    )


@router.get("/{message_id}")
def show_notification_message(request: HttpRequest, message_id: MessageWireId) -> MessageFileOut:
    """Show a message, what it said and how it fared."""
    require(principal(request), READ)
    found = queries.get_message(message_id=message_id)
    said = found.wording
    return MessageFileOut(
        message=SentMessageOut.of(found),
        subject=said.subject if said else "",
        text=said.text if said else "",
        html=said.html if said else "",
        steps=[MessageStepOut.of(step) for step in queries.list_steps(message_id=message_id)],
    )


@router.post("/{message_id}/resend", errors=(NothingToSend, IllegalMove))
def resend_notification_message(request: HttpRequest, message_id: MessageWireId) -> SentMessageOut:
    """Send a message again, with all tries anew."""
    who = require(principal(request), MANAGE)
    return SentMessageOut.of(actions.resend(message_id=message_id, by=who.actor))
