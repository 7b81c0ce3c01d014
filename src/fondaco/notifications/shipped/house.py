"""What the house's own people are told, and the frame of mailings."""

from typing import Final

from fondaco.notifications.states import Channel
from fondaco.notifications.types import MAILING, Notice, Topic, Wording

STAFF: Final = "staff"

NOTICES: Final = (
    Notice(
        name="message_died",
        event="notifications.message.died",
        to=STAFF,
        topic=Topic.HOUSE,
        says="A message could not be sent, or may not have arrived.",
        wording=Wording(
            subject="A message needs somebody",
            text="The message {{ message }} ({{ notice }}) by {{ channel }} is {{ state }} after "
            "{{ attempts }} tries: {{ reason }}",
        ),
        channels=frozenset({Channel.IN_APP}),
        is_transactional=True,
    ),
    Notice(
        name=MAILING,
        event="",
        to="",
        topic=Topic.NEWS,
        says="The house writes to its customers.",
        wording=Wording(subject="News of {{ house }}", text="Hello {{ name }},"),
        channels=frozenset({Channel.EMAIL, Channel.IN_APP}),
    ),
)
