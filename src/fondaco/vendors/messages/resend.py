"""E-mail over HTTP: ``POST /emails`` with an idempotency key (docs/providers/messages.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from fondaco.vendors.messages.wire import Misconfigured, Never, NotNow, Unclear, post

BASE: Final = "https://api.resend.com"
_OURS: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class Resend:
    """Speak with one account's key."""

    key: str = field(repr=False)
    base: str = BASE

    def send(
        self,
        *,
        message_id: str,
        sender: str,
        recipient: str,
        subject: str,
        text: str,
        html: str,
        headers: Mapping[str, str],
    ) -> str:
        """Hand an e-mail over; the same ``message_id`` again is taken once. Give the company's name for it.

        :raises MessagesError: it was not taken, or nobody knows
        """
        body: dict[str, Any] = {
            "from": sender,
            "to": [recipient],
            "subject": subject,
            "text": text,
        }
        body |= {"html": html} if html else {}
        body |= {"headers": dict(headers)} if headers else {}
        answer = post(
            f"{self.base}/emails",
            headers={"Authorization": f"Bearer {self.key}", "Idempotency-Key": message_id},
            json=body,
        )
        if answer.status == HTTPStatus.CONFLICT:  # the same e-mail is being sent just now
            raise NotNow(str(answer.told.get("name", "conflict")))
        if answer.status in _OURS:
            raise Misconfigured(f"answered {answer.status}")
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise Never(f"answered {answer.status}: {answer.told.get('name', '')}")
        if not isinstance(answer.told.get("id"), str):
            raise Unclear("the answer names no e-mail")
        return str(answer.told["id"])
