"""A sandbox with all companies that carry messages, and the options that lead there."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from sandbox import messengers as companies
from sandbox.app import SMTP_PORT, messengers
from sandbox.receiver import Receiver
from tests.plumbing.serving import sandbox


@dataclass(frozen=True, slots=True)
class Post:
    """Look into the mailbox of a running sandbox."""

    url: str

    def letters(self, **query: Any) -> list[dict[str, Any]]:
        """Give what came, oldest first; filters as those of the mailbox."""
        answer = httpx.get(f"{self.url}/mailbox/messages", params={"limit": 200, **query})
        return list(reversed(answer.json()["items"]))

    def fail(self, company: str, status: int, *, times: int) -> None:
        """Have a company answer with an error some times; 0: until set back."""
        body = {"status": status, "times": times} if times else {"status": status}
        httpx.put(f"{self.url}/control/{company}/faults", json=body).raise_for_status()

    def heal(self, company: str) -> None:
        """Have a company work again."""
        httpx.put(f"{self.url}/control/{company}/faults", json={}).raise_for_status()

    def received(self, box: str) -> list[str]:
        """Give what apprise posted to a box, oldest first."""
        items = httpx.get(f"{self.url}/receiver/{box}/messages").json()["items"]
        return [json.loads(item["body"])["message"] for item in items]

    @property
    def accounts(self) -> Mapping[str, Any]:
        """Give the options by which messages go to the companies' own interfaces."""
        return {
            "sandbox_url": self.url,
            "mail_api_key": companies.MAIL_KEY,
            "mail_api_url": f"{self.url}/mailapi",
            "slack_token": companies.SLACK_TOKEN,
            "slack_url": f"{self.url}/slack",
            "telegram_bot_token": companies.BOT_TOKEN,
            "telegram_bot_url": f"{self.url}/telegram-bot",
            "sms_account": companies.SMS_ACCOUNT,
            "sms_token": companies.SMS_TOKEN,
            "sms_url": f"{self.url}/sms",
            "sms_sender": "Fondaco",
        }


@contextmanager
def post(*, smtp_port: int) -> Iterator[Post]:
    """Run the companies, SMTP among them, and give the mailbox into which all of them deliver."""
    os.environ[SMTP_PORT] = str(smtp_port)
    try:
        with sandbox(*messengers(), Receiver()) as url:
            yield Post(url)
    finally:
        del os.environ[SMTP_PORT]
