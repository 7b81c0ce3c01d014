"""Reads what was sent to a person, as he would read it in his mailbox."""

import re
from dataclasses import dataclass

from fondaco.credentials import posting
from fondaco.credentials.models import Challenge
from fondaco.credentials.states import Purpose
from fondaco.kit.django.models.deliveries import Delivery

_JOBS = {
    Purpose.LOGIN_CODE: posting.post_code,
    Purpose.PASSWORD_RESET: posting.post_reset,
    Purpose.EMAIL_LINK: posting.post_registration,
    Purpose.PHONE_CODE: posting.post_registration,
}


@dataclass(frozen=True)
class Letter:
    """Hold one message."""

    channel: str
    subject: str
    text: str

    @property
    def code(self) -> str:
        """Give the six digits."""
        found = re.search(r"^([0-9]{6}) is your code", self.text)
        assert found, self.text
        return found[1]

    @property
    def token(self) -> str:
        """Give the link's token."""
        found = re.search(r"(flk_[\w-]+)", self.text)
        assert found, self.text
        return found[1]


def letters_to(recipient: str) -> list[Letter]:
    """Give what waits for or went to an address and is not wiped, oldest first."""
    rows = Delivery.objects.filter(content__isnull=False).order_by("-id")[:400]
    found = [row for row in rows if row.content and row.content["recipient"] == recipient]
    return [
        Letter(row.channel, row.content["subject"], row.content["text"])
        for row in reversed(found)
        if row.content
    ]


def newest(recipient: str) -> Letter:
    """Give the newest letter to an address."""
    found = letters_to(recipient)
    assert found, f"nothing was sent to {recipient}"
    return found[-1]


def post(purpose: Purpose) -> None:
    """Do what the job does that the newest question of a kind left behind."""
    row = Challenge.objects.filter(purpose=purpose).order_by("-created_at").first()
    assert row is not None
    _JOBS[purpose](challenge_id=str(row.id))
