"""The simulated messengers and the post office, each spoken to in its own wire format."""

import asyncio
import base64
import smtplib
from collections.abc import Sequence
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from sandbox import messengers, smtp
from sandbox.mailbox import Mailbox

MAIL = {"from": "house@example.com", "to": ["ada@example.com"], "subject": "Hello", "text": "You"}
MAIL_KEY = {"Authorization": f"Bearer {messengers.MAIL_KEY}"}
SLACK_KEY = {"Authorization": f"Bearer {messengers.SLACK_TOKEN}"}
BOT = f"/bot{messengers.BOT_TOKEN}/sendMessage"
SMS = f"/2010-04-01/Accounts/{messengers.SMS_ACCOUNT}/Messages.json"
_LOGIN = base64.b64encode(f"{messengers.SMS_ACCOUNT}:{messengers.SMS_TOKEN}".encode()).decode()
SMS_KEY = {"Authorization": f"Basic {_LOGIN}"}


class Office:
    """One messenger with a mailbox of its own, asked without sockets."""

    def __init__(self, kind: Any) -> None:
        self.mailbox = Mailbox()
        self._routes = kind(self.mailbox).routes()

    def post(self, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(ask(self._routes, "POST", path, **options))

    def letters(self) -> list[dict[str, Any]]:
        return held(self.mailbox)


async def ask(
    routes: Sequence[BaseRoute], method: str, path: str, **options: Any
) -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://office") as client:
        return await client.request(method, path, **options)


def held(mailbox: Mailbox) -> list[dict[str, Any]]:
    """Give what lies in a mailbox, oldest first."""
    items = asyncio.run(ask(mailbox.routes(), "GET", "/messages")).json()["items"]
    return list(reversed(items))


class TestMailApi:
    def test_takes_the_same_key_once_and_refuses_it_for_another_letter(self) -> None:
        office = Office(messengers.MailApi)
        key = MAIL_KEY | {"Idempotency-Key": "k1"}
        first = office.post("/emails", json=MAIL, headers=key)
        again = office.post("/emails", json=MAIL, headers=key)
        other = office.post("/emails", json=MAIL | {"text": "Me"}, headers=key)
        assert (first.status_code, again.json(), other.status_code) == (200, first.json(), 409)
        (letter,) = office.letters()
        assert (letter["channel"], letter["recipient"], letter["text"]) == (
            "email",
            "ada@example.com",
            "You",
        )

    @pytest.mark.parametrize(
        "wrong", [{"to": []}, {"to": ["nobody"]}, {"subject": ""}, {"text": None}, {"to": "a@b"}]
    )
    def test_refuses_what_is_no_letter(self, wrong: dict[str, Any]) -> None:
        office = Office(messengers.MailApi)
        assert office.post("/emails", json=MAIL | wrong, headers=MAIL_KEY).status_code == 422
        assert office.letters() == []

    def test_takes_nothing_without_its_key(self) -> None:
        office = Office(messengers.MailApi)
        assert office.post("/emails", json=MAIL).status_code == 401
        assert office.letters() == []


class TestSlack:
    @pytest.mark.parametrize(
        ("body", "headers", "error"),
        [
            ({"channel": "C1", "text": "Hi"}, {}, "invalid_auth"),
            ({"channel": "C1"}, SLACK_KEY, "no_text"),
            ({"channel": "nowhere", "text": "Hi"}, SLACK_KEY, "channel_not_found"),
        ],
    )
    def test_refuses_with_200_and_a_word(
        self, body: dict[str, str], headers: dict[str, str], error: str
    ) -> None:
        office = Office(messengers.Slack)
        answer = office.post("/chat.postMessage", json=body, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"ok": False, "error": error})
        assert office.letters() == []

    def test_takes_a_message_to_a_member(self) -> None:
        office = Office(messengers.Slack)
        said = {"channel": "U1", "text": "Hi"}
        assert office.post("/chat.postMessage", json=said, headers=SLACK_KEY).json()["ok"] is True
        assert [(one["recipient"], one["text"]) for one in office.letters()] == [("U1", "Hi")]


class TestTelegramBot:
    @pytest.mark.parametrize(
        ("told", "status"),
        [
            ({"chat_id": "ada", "text": "Hi"}, 400),
            ({"chat_id": 403, "text": "Hi"}, 403),
            ({"chat_id": 7, "text": ""}, 400),
            ({"chat_id": 7, "text": "x" * 4097}, 400),
            ({"chat_id": 7, "text": "<h1>x</h1>", "parse_mode": "HTML"}, 400),
        ],
    )
    def test_refuses_as_telegram_does(self, told: dict[str, Any], status: int) -> None:
        office = Office(messengers.TelegramBot)
        answer = office.post(BOT, json=told)
        assert (answer.status_code, answer.json()["error_code"]) == (status, status)
        assert office.letters() == []

    def test_takes_a_message_to_a_chat_for_its_own_token_alone(self) -> None:
        office = Office(messengers.TelegramBot)
        told = {"chat_id": 7, "text": "<b>Hi</b>", "parse_mode": "HTML"}
        assert office.post("/bot1:x/sendMessage", json=told).status_code == 401
        assert office.post(BOT, json=told).json()["result"]["chat"] == {"id": 7}
        assert [one["recipient"] for one in office.letters()] == ["7"]


class TestSmsGateway:
    @pytest.mark.parametrize(
        ("change", "code"),
        [({"To": "5550100"}, 21211), ({"Body": ""}, 21602), ({"From": ""}, 21602)],
    )
    def test_refuses_what_is_no_text(self, change: dict[str, str], code: int) -> None:
        office = Office(messengers.SmsGateway)
        told = {"To": "+15550100", "From": "House", "Body": "Hi"} | change
        answer = office.post(SMS, data=told, headers=SMS_KEY)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert office.letters() == []

    def test_takes_a_text_for_its_own_account_alone(self) -> None:
        office = Office(messengers.SmsGateway)
        told = {"To": "+15550100", "From": "House", "Body": "Hi"}
        assert office.post(SMS, data=told).status_code == 401
        assert office.post(SMS, data=told, headers=SMS_KEY).status_code == 201
        assert [(one["recipient"], one["text"]) for one in office.letters()] == [
            ("+15550100", "Hi")
        ]


class TestSmtp:
    def test_puts_a_letter_of_two_parts_before_each_recipient(self) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "house@example.com", "ada@example.com", "Grüße"
        mail["List-Unsubscribe"] = "<https://example.com/leave>"
        mail.set_content("Hello")
        mail.add_alternative("<b>Hello</b>", subtype="html")
        box = Mailbox()
        asyncio.run(_send(box, mail, ["ada@example.com", "eve@example.com"]))
        letters = held(box)
        assert [one["recipient"] for one in letters] == ["ada@example.com", "eve@example.com"]
        assert {(one["subject"], one["text"]) for one in letters} == {("Grüße", "Hello")}
        assert "<b>Hello</b>" in letters[0]["html"]
        assert "list-unsubscribe: <https://example.com/leave>" in letters[0]["headers"].splitlines()


async def _send(box: Mailbox, mail: EmailMessage, recipients: list[str]) -> None:
    def speak(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            client.send_message(mail, to_addrs=recipients)

    async with smtp.listening(box, port=0) as port:
        await asyncio.to_thread(speak, port)
