"""SMS over HTTP as Twilio takes it: a form with basic authentication (docs/providers/messages.md)."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from fondaco.vendors.messages.wire import Misconfigured, Never, Unclear, post

BASE: Final = "https://api.twilio.com"
_OURS: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


@dataclass(frozen=True, slots=True)
class Twilio:
    """Speak with one account."""

    account: str
    token: str = field(repr=False)
    sender: str
    """The number or name that messages come from."""
    base: str = BASE

    def send(self, *, number: str, text: str) -> str:
        """Send a text to a telephone in E.164; give the company's name for it.

        :raises MessagesError: it was not taken, or nobody knows
        """
        answer = post(
            f"{self.base}/2010-04-01/Accounts/{self.account}/Messages.json",
            auth=(self.account, self.token),
            form={"To": number, "From": self.sender, "Body": text},
        )
        if answer.status in _OURS:
            raise Misconfigured(f"answered {answer.status}")
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise Never(f"answered {answer.status}: {answer.told.get('code', '')}")
        if not isinstance(answer.told.get("sid"), str):
            raise Unclear("the answer names no message")
        return str(answer.told["sid"])
