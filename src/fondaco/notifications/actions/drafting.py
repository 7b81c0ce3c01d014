"""Messages as they are worded, and kept with one statement for many of them.

An event that comes by the thousand brings messages by the thousand. Rows go to the table as arrays, and what
they say is sealed under one data key for all of them: a row written by itself costs six times as much.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.db import connection

from fondaco.kit import clock
from fondaco.kit.django.arrays import bytes_array, plain_array, text_array
from fondaco.kit.django.envelope import seal_many
from fondaco.kit.ids import uuid7s
from fondaco.notifications import models, wording
from fondaco.notifications.language import Data
from fondaco.notifications.states import Channel, MessageState
from fondaco.notifications.types import Template, Wording

_NULL: Final = "NULL"
_INSERT: Final = """
    INSERT INTO notifications_message (
        id, event_id, mailing_id, user_id, address, notice, channel, language, template_version, content,
        state, attempts, due_at, created_at, ended_at, receipt, error
    )
    SELECT
        id, event_id, mailing_id, user_id, address, notice, channel, language, template_version, content,
        CASE WHEN channel = %s THEN %s ELSE %s END, 0, %s, %s,
        CASE WHEN channel = %s THEN %s::timestamptz END, '', ''
    FROM unnest(
        %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[],
        %s::integer[], %s::bytea[]
    ) AS draft (
        id, event_id, mailing_id, user_id, address, notice, channel, language, template_version, content
    )
    ON CONFLICT DO NOTHING
"""
_STATES: Final = (MessageState.SENT.value, MessageState.WAITING.value)
_to_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Hold a message that nobody has yet."""

    template: Template
    said: Wording
    user_id: UUID | None = None
    address: str = ""
    """Of the house's own alerts."""
    event_id: UUID | None = None
    mailing_id: UUID | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def said_by(template: Template, data: Data) -> Wording:
    """Word a message by its template."""
    return wording.write(template.wording, channel=template.channel, data=data)


def keep(drafts: Sequence[Draft]) -> None:
    """Write messages; in-app ones are there at once, and those that are written already stay as they are."""
    if not drafts:
        return
    now, here = clock.now(), Channel.IN_APP.value
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [here, *_STATES, now, now, here, now, *_columns(drafts)],
        )


def _columns(drafts: Sequence[Draft]) -> list[str]:
    templates = [draft.template for draft in drafts]
    return [
        plain_array(uuid7s(len(drafts))),
        plain_array([draft.event_id or _NULL for draft in drafts]),
        plain_array([draft.mailing_id or _NULL for draft in drafts]),
        plain_array([draft.user_id or _NULL for draft in drafts]),
        text_array([draft.address for draft in drafts]),
        text_array([template.notice for template in templates]),
        text_array([template.channel.value for template in templates]),
        text_array([template.language for template in templates]),
        plain_array([template.version for template in templates]),
        bytes_array(_sealed(drafts)),
    ]


def _sealed(drafts: Sequence[Draft]) -> list[bytes]:
    """Seal what messages say as their column does."""
    plains = [_to_json(_content(draft)).encode() for draft in drafts]
    return seal_many(plains, context=_CONTEXT)


def _content(draft: Draft) -> Mapping[str, object]:
    said = draft.said
    return {
        "subject": said.subject,
        "text": said.text,
        "html": said.html,
        "headers": dict(draft.headers),
    }


_CONTEXT: Final = models.Message._meta.get_field("content").context  # noqa: SLF001 - Django's documented model API
