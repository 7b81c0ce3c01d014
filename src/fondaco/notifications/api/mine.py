"""``/me/notifications``: what one was told; ``/me/notification-preferences``: what one wants to be told."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.identity import queries as people
from fondaco.kit.django.api.auth import people as persons, principal
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, Text, WireId
from fondaco.notifications import actions, catalogue, queries
from fondaco.notifications.errors import AlwaysSent, WrongSlackCode
from fondaco.notifications.states import Channel
from fondaco.notifications.types import MESSAGE_PREFIX, Message, Wish

inbox = Router(auth=persons, tags=["notifications"])
preferences = Router(auth=persons, tags=["notifications"])

NoteWireId = Annotated[UUID, WireId(MESSAGE_PREFIX)]
CHANGES_MAX = 500


class InboxIn(Paging):
    """Narrow one's list."""

    unread: bool = False


class NoteOut(Strict):
    """Show what one was told."""

    id: NoteWireId
    notice: str
    subject: str
    text: str = Field(description="Plain text: whoever shows it in a page escapes it.")
    created_at: datetime
    read_at: datetime | None

    @classmethod
    def of(cls, message: Message) -> Self:
        """Show a message that is kept."""
        words = message.wording
        return cls(
            id=message.id,
            notice=message.notice,
            subject=words.subject if words else "",
            text=words.text if words else "",
            created_at=message.created_at,
            read_at=message.read_at,
        )


class UnreadOut(Strict):
    """Show how much one has not read."""

    unread: int


class WishOut(Strict):
    """Show whether one is told of a notice by a channel."""

    notice: str
    topic: str
    says: str = Field(description="When it is sent.")
    channel: Channel
    is_on: bool
    is_fixed: bool = Field(description="It cannot be switched off.")

    @classmethod
    def of(cls, wish: Wish) -> Self:
        """Show a wish."""
        notice = catalogue.NOTICES[wish.notice]
        return cls(
            notice=wish.notice,
            topic=notice.topic.value,
            says=notice.says,
            channel=wish.channel,
            is_on=wish.is_on,
            is_fixed=wish.is_fixed,
        )


class WishesOut(Strict):
    """Show all that one may be told."""

    items: list[WishOut]


class WishIn(Strict):
    """Take whether one wants to be told of a notice by a channel."""

    notice: Annotated[Text, Field(max_length=60)]
    channel: Channel
    is_on: bool | None = Field(description="null: as the house does it.")


class WishesIn(Strict):
    """Take what is to change."""

    items: Annotated[list[WishIn], Field(max_length=CHANGES_MAX)]


class SlackIn(Strict):
    """Take one's member id at the house's Slack."""

    member: Annotated[Text, Field(max_length=30, examples=["U02ABCDEF"])]


class SlackCodeIn(Strict):
    """Take the code that came there."""

    code: Annotated[Text, Field(max_length=10)]


@inbox.get("")
def list_my_notifications(request: HttpRequest, asked: Query[InboxIn]) -> Listing[NoteOut]:
    """List what one was told here, newest first."""
    who = principal(request)
    return paged(
        asked,
        lambda after, limit: queries.list_inbox(
            user_id=who.user_id, is_unread=asked.unread, after=after, limit=limit
        ),
        NoteOut.of,
    )


@inbox.get("/unread")
def count_my_unread(request: HttpRequest) -> UnreadOut:
    """Count what one has not read."""
    return UnreadOut(unread=queries.count_unread(user_id=principal(request).user_id))


@inbox.post("/read")
def read_all_notifications(request: HttpRequest) -> UnreadOut:
    """Mark everything as read."""
    actions.read_all(user_id=principal(request).user_id)
    return UnreadOut(unread=0)


@inbox.post("/{message_id}/read")
def read_notification(request: HttpRequest, message_id: NoteWireId) -> NoteOut:
    """Mark one thing as read."""
    return NoteOut.of(actions.read(message_id=message_id, user_id=principal(request).user_id))


@preferences.get("")
def list_my_preferences(request: HttpRequest) -> WishesOut:
    """List for each notice and channel whether one is told."""
    user = people.get_user(principal(request).user_id)
    return WishesOut(items=[WishOut.of(one) for one in queries.list_wishes(user=user)])


@preferences.patch("", errors=(AlwaysSent,))
def change_my_preferences(request: HttpRequest, body: WishesIn) -> WishesOut:
    """Say what one wants to be told, and by which channels; what is not named stays."""
    who = principal(request)
    changes = [(one.notice, one.channel, one.is_on) for one in body.items]
    actions.change_wishes(user_id=who.user_id, changes=changes, by=who.actor)
    return list_my_preferences(request)


@preferences.put("/slack", status=204)
def add_my_slack(request: HttpRequest, body: SlackIn) -> None:
    """Name one's member id at the house's Slack; a code is sent there."""
    who = principal(request)
    actions.add_slack(user_id=who.user_id, member=body.member, by=who.actor)


@preferences.post("/slack/verification", status=204, errors=(WrongSlackCode,))
def prove_my_slack(request: HttpRequest, body: SlackCodeIn) -> None:
    """Give the code that came by Slack."""
    who = principal(request)
    actions.prove_slack(user_id=who.user_id, code=body.code, by=who.actor)


@preferences.delete("/slack", status=204)
def remove_my_slack(request: HttpRequest) -> None:
    """Have nothing sent to Slack any more."""
    who = principal(request)
    actions.remove_slack(user_id=who.user_id, by=who.actor)
