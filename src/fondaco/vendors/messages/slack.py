"""Slack: ``POST /chat.postMessage`` (docs/providers/messages.md)."""

from dataclasses import dataclass, field
from typing import Final

from fondaco.vendors.messages.wire import Misconfigured, Never, NotNow, Unclear, post

BASE: Final = "https://slack.com/api"
_OURS: Final = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "missing_scope"}
)
_PASSING: Final = frozenset({"ratelimited", "rate_limited", "service_unavailable"})
_UNCLEAR: Final = frozenset({"internal_error", "fatal_error", "request_timeout"})
"""Slack documents that some of the operation may have been done."""


@dataclass(frozen=True, slots=True)
class Slack:
    """Speak as one bot."""

    token: str = field(repr=False)
    base: str = BASE

    def send(self, *, channel: str, text: str) -> str:
        """Post to a channel or member; give the message's time stamp, which is its name at Slack.

        :raises MessagesError: it was not taken, or nobody knows
        """
        answer = post(
            f"{self.base}/chat.postMessage",
            headers={"Authorization": f"Bearer {self.token}"},
            json={
                "channel": channel,
                "text": text,
                "mrkdwn": True,
                "unfurl_links": False,
                "unfurl_media": False,
            },
        )
        if answer.told.get("ok") is True and isinstance(answer.told.get("ts"), str):
            return str(answer.told["ts"])
        error = str(answer.told.get("error", f"answered {answer.status}"))
        if error in _OURS:
            raise Misconfigured(error)
        if error in _PASSING:
            raise NotNow(error, retry_after_s=answer.retry_after_s)
        if error in _UNCLEAR or answer.told.get("ok") is not False:
            raise Unclear(error)
        raise Never(error)
