"""``/operator/notifications/mailings``: letters to all customers, or to those of a sort."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.identity.states import CustomerKind, Level
from fondaco.identity.types import GROUP_PREFIX
from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, Text, WireId
from fondaco.kit.lifecycle import IllegalMove
from fondaco.notifications import actions, queries
from fondaco.notifications.actions.mailings import PER_MINUTE_MAX
from fondaco.notifications.api.messages import MANAGE, READ, MailingWireId
from fondaco.notifications.api.templates import WordingIn, WordingOut
from fondaco.notifications.errors import TemplateRefused
from fondaco.notifications.states import Channel, MailingState
from fondaco.notifications.types import Audience, Mailing

router = Router(auth=staff, tags=["notifications"])

GroupWireId = Annotated[UUID, WireId(GROUP_PREFIX)]


class AudienceIn(Strict):
    """Take whose people get it; what is not named is not asked."""

    kind: CustomerKind | None = None
    level: Level | None = None
    group: GroupWireId | None = None
    language: Annotated[Text, Field(max_length=8)] = ""

    def to_audience(self) -> Audience:
        """Give the audience."""
        return Audience(
            kind=self.kind.value if self.kind else "",
            level=self.level.value if self.level else "",
            group_id=self.group,
            language=self.language,
        )


class MailingIn(WordingIn):
    """Take a letter to many."""

    label: Annotated[Text, Field(min_length=1, max_length=100)]
    channel: Channel = Channel.EMAIL
    audience: AudienceIn = AudienceIn()
    per_minute: int = Field(default=60, ge=1, le=PER_MINUTE_MAX)


class AudienceOut(Strict):
    """Show whose people get it."""

    kind: str
    level: str
    group: GroupWireId | None
    language: str


class MailingOut(Strict):
    """Show a mailing and how far it has come."""

    id: MailingWireId
    label: str
    channel: Channel
    wording: WordingOut
    audience: AudienceOut
    per_minute: int
    state: MailingState
    made: int = Field(description="Messages that were made.")
    left_out: int = Field(description="People who want none, or cannot be reached.")
    created_at: datetime
    ended_at: datetime | None
    by: str

    @classmethod
    def of(cls, mailing: Mailing) -> Self:
        """Show a mailing."""
        audience = mailing.audience
        return cls(
            id=mailing.id,
            label=mailing.label,
            channel=mailing.channel,
            wording=WordingOut.of(mailing.wording),
            audience=AudienceOut(
                kind=audience.kind,
                level=audience.level,
                group=audience.group_id,
                language=audience.language,
            ),
            per_minute=mailing.per_minute,
            state=mailing.state,
            made=mailing.made,
            left_out=mailing.left_out,
            created_at=mailing.created_at,
            ended_at=mailing.ended_at,
            by=mailing.by,
        )


@router.get("")
def list_mailings(request: HttpRequest, asked: Query[Paging]) -> Listing[MailingOut]:
    """List mailings, newest first."""
    require(principal(request), READ)
    return paged(
        asked,
        lambda after, limit: queries.list_mailings(after=after, limit=limit),
        MailingOut.of,
    )


@router.post("", status=201, errors=(TemplateRefused,))
def make_mailing(request: HttpRequest, body: MailingIn) -> MailingOut:
    """Write a letter to many; it goes to nobody before it is started."""
    who = require(principal(request), MANAGE)
    made = actions.make_mailing(
        label=body.label,
        channel=body.channel,
        words=body.to_wording(),
        audience=body.audience.to_audience(),
        per_minute=body.per_minute,
        by=who.actor,
    )
    return MailingOut.of(made)


@router.get("/{mailing_id}")
def show_mailing(request: HttpRequest, mailing_id: MailingWireId) -> MailingOut:
    """Show how far a mailing has come."""
    require(principal(request), READ)
    return MailingOut.of(queries.get_mailing(mailing_id=mailing_id))


@router.post("/{mailing_id}/start", errors=(IllegalMove,))
def start_mailing(request: HttpRequest, mailing_id: MailingWireId) -> MailingOut:
    """Begin, or go on after a pause."""
    return _moved(request, mailing_id, actions.start_mailing)


@router.post("/{mailing_id}/pause", errors=(IllegalMove,))
def pause_mailing(request: HttpRequest, mailing_id: MailingWireId) -> MailingOut:
    """Stop for now."""
    return _moved(request, mailing_id, actions.pause_mailing)


@router.post("/{mailing_id}/cancel", errors=(IllegalMove,))
def cancel_mailing(request: HttpRequest, mailing_id: MailingWireId) -> MailingOut:
    """Stop for good; messages that wait go to nobody either."""
    return _moved(request, mailing_id, actions.cancel_mailing)


def _moved(request: HttpRequest, mailing_id: UUID, move: Callable[..., Mailing]) -> MailingOut:
    who = require(principal(request), MANAGE)
    return MailingOut.of(move(mailing_id=mailing_id, by=who.actor))
