"""What notifications refuse.

DomainError
├── TemplateRefused        a template is broken, or names what it cannot know
├── StaleTemplate          somebody else has saved another version meanwhile
├── AlwaysSent             a notice about one's own safety or money cannot be switched off
├── WrongSlackCode         the code is not the one that was sent, or its time is over
└── NothingToSend          a message's content is gone, so it cannot be sent again
"""

from fondaco.kit.errors import DomainError, Kind


class TemplateRefused(DomainError):
    """Say what is wrong with a template, and where."""

    code = "template_refused"
    kind = Kind.INVALID
    title = "The template is broken."


class StaleTemplate(DomainError):
    """Say that the version to be replaced is not the latest."""

    code = "stale_template"
    kind = Kind.CONFLICT
    title = "Somebody else has saved another version meanwhile."


class AlwaysSent(DomainError):
    """Say that a notice goes by this channel whatever the person wants."""

    code = "always_sent"
    kind = Kind.CONFLICT
    title = "This notice cannot be switched off."


class WrongSlackCode(DomainError):
    """Say that a code proves no Slack account."""

    code = "wrong_slack_code"
    kind = Kind.CONFLICT
    title = "The code is wrong, or its time is over."


class NothingToSend(DomainError):
    """Say that what a message said is destroyed."""

    code = "nothing_to_send"
    kind = Kind.CONFLICT
    title = "What the message said is not kept any more."
