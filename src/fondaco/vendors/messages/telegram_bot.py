"""Telegram's Bot API: ``POST /bot<token>/sendMessage`` (docs/providers/messages.md)."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from fondaco.vendors.messages.wire import Misconfigured, Never, Unclear, post

BASE: Final = "https://api.telegram.org"
_OURS: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND})
"""What a wrong token is answered with."""


@dataclass(frozen=True, slots=True)
class TelegramBot:
    """Speak as one bot."""

    token: str = field(repr=False)
    base: str = BASE

    def send(self, *, chat: str, text: str, is_html: bool = False) -> str:
        """Write to a chat; give the message's number there.

        :raises MessagesError: it was not taken, or nobody knows
        """
        body: dict[str, object] = {
            "chat_id": chat,
            "text": text,
            "link_preview_options": {"is_disabled": True},
        }
        body |= {"parse_mode": "HTML"} if is_html else {}
        answer = post(f"{self.base}/bot{self.token}/sendMessage", json=body)
        if answer.told.get("ok") is True:
            result = answer.told.get("result")
            number = result.get("message_id") if isinstance(result, dict) else None
            if not isinstance(number, int):
                raise Unclear("the answer names no message")
            return str(number)
        if answer.status in _OURS:
            raise Misconfigured(f"answered {answer.status}")
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise Never(f"answered {answer.status}: {answer.told.get('description', '')}"[:200])
        raise Unclear(f"answered {answer.status} without ok")
