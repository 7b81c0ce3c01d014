"""Shows rows of the tables as the frozen types that cross the border."""

from fondaco.notifications import catalogue, models, wording
from fondaco.notifications.states import Channel, MailingState, MessageState
from fondaco.notifications.types import (
    Audience,
    Mailing,
    MailingId,
    Message,
    MessageId,
    Template,
    Wording,
)


def show_message(row: models.Message) -> Message:
    """Show a message."""
    content = row.content
    said = None
    if content is not None:
        said = Wording(subject=content["subject"], text=content["text"], html=content["html"])
    return Message(
        id=MessageId(row.id),
        notice=row.notice,
        channel=Channel(row.channel),
        language=row.language,
        user_id=row.user_id,
        address=row.address,
        state=MessageState(row.state),
        attempts=row.attempts,
        wording=said,
        event_id=row.event_id,
        mailing_id=row.mailing_id,
        created_at=row.created_at,
        due_at=row.due_at,
        ended_at=row.ended_at,
        read_at=row.read_at,
        error=row.error,
        receipt=row.receipt,
    )


def show_template(row: models.TemplateVersion) -> Template:
    """Show a version of a template."""
    own, channel = Wording(subject=row.subject, text=row.text, html=row.html), Channel(row.channel)
    shipped = wording.shipped_for(channel, catalogue.NOTICES[row.notice].wording)
    return Template(
        notice=row.notice,
        channel=channel,
        language=row.language,
        version=row.version,
        wording=shipped if row.is_shipped else own,
        is_shipped=row.is_shipped,
        by=row.by,
        at=row.at,
    )


def show_mailing(row: models.Mailing) -> Mailing:
    """Show a mailing."""
    return Mailing(
        id=MailingId(row.id),
        label=row.label,
        channel=Channel(row.channel),
        wording=Wording(subject=row.subject, text=row.text, html=row.html),
        audience=Audience(
            kind=row.kind, level=row.level, group_id=row.group_id, language=row.language
        ),
        per_minute=row.per_minute,
        state=MailingState(row.state),
        made=row.made,
        left_out=row.left_out,
        created_at=row.created_at,
        ended_at=row.ended_at,
        by=row.by,
    )
