"""Companies that carry messages, simulated in their own wire formats; what they take lies in the mailbox.

``/mailapi`` speaks as Resend, ``/slack`` and ``/telegram-bot`` as those two, ``/sms`` as Twilio. Credentials:
see the constants below. Like the real ones, only the mail API takes the same message once.
"""

import base64
import hmac
import itertools
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.mailbox import Mailbox

MAIL_KEY: Final = "re_sandbox"
SLACK_TOKEN: Final = "xoxb-sandbox"  # noqa: S105 - the sandbox's, and published on purpose
BOT_TOKEN: Final = "4242:sandbox-bot"  # noqa: S105 - likewise
SMS_ACCOUNT: Final = "ACsandbox"
SMS_TOKEN: Final = "sandbox-sms-token"  # noqa: S105 - likewise
TELEGRAM_CHARACTERS_MAX: Final = 4096
SMS_CHARACTERS_MAX: Final = 1600
KEYS_KEPT: Final = 10_000
_TELEGRAM_TAGS: Final = ("b", "i", "u", "s", "code", "pre", "a")


class MailApi:
    """Take e-mail over HTTP, the same idempotency key once."""

    name = "mailapi"

    def __init__(self, mailbox: Mailbox) -> None:
        """Deliver into a mailbox."""
        self._mailbox = mailbox
        self._taken: dict[str, tuple[Any, str]] = {}

    def routes(self) -> list[BaseRoute]:
        """Give the one address."""
        return [Route("/emails", self.send, methods=["POST"])]

    def reset(self) -> None:
        """Forget which keys came."""
        self._taken.clear()

    def facts(self) -> Mapping[str, Any]:
        """Count what was taken."""
        return {"taken": len(self._taken)}

    async def send(self, request: Request) -> Response:
        """Take one e-mail."""
        if not _bears(request, MAIL_KEY):
            return _resend_error(401, "missing_api_key")
        body, key = await _json(request), request.headers.get("idempotency-key", "")
        if not _is_mail(body):
            return _resend_error(422, "validation_error")
        if key in self._taken:
            before, number = self._taken[key]
            same = before == body
            return (
                JSONResponse({"id": number})
                if same
                else _resend_error(409, "invalid_idempotent_request")
            )
        headers = "\n".join(f"{name}: {value}" for name, value in body.get("headers", {}).items())
        number = self._mailbox.put(
            channel="email",
            recipient=body["to"][0],
            subject=body["subject"],
            text=body["text"],
            html=body.get("html", ""),
            headers=headers,
        )
        if key:
            self._taken[key] = (body, number)
            while len(self._taken) > KEYS_KEPT:
                self._taken.pop(next(iter(self._taken)))
        return JSONResponse({"id": number})


class Slack:
    """Take messages to channels whose names begin with C, and to members, U."""

    name = "slack"

    def __init__(self, mailbox: Mailbox) -> None:
        """Deliver into a mailbox."""
        self._mailbox = mailbox
        self._numbers = itertools.count(1)

    def routes(self) -> list[BaseRoute]:
        """Give the one method."""
        return [Route("/chat.postMessage", self.post, methods=["POST"])]

    def reset(self) -> None:
        """Keep nothing."""

    def facts(self) -> Mapping[str, Any]:
        """Tell nothing beside the mailbox."""
        return {}

    async def post(self, request: Request) -> Response:
        """Take one message; refusals are answered with 200, as Slack does."""
        if not _bears(request, SLACK_TOKEN):
            return JSONResponse({"ok": False, "error": "invalid_auth"})
        body = await _json(request)
        channel, text = body.get("channel"), body.get("text")
        if not isinstance(text, str) or not text:
            return JSONResponse({"ok": False, "error": "no_text"})
        if not isinstance(channel, str) or not channel.startswith(("C", "U", "D", "G")):
            return JSONResponse({"ok": False, "error": "channel_not_found"})
        self._mailbox.put(channel="slack", recipient=channel, text=text)
        ts = f"1700000000.{next(self._numbers):06d}"
        return JSONResponse({"ok": True, "channel": channel, "ts": ts, "message": {"text": text}})


class TelegramBot:
    """Take messages to chats, which are numbers; chat 403 has blocked the bot."""

    name = "telegram-bot"

    def __init__(self, mailbox: Mailbox) -> None:
        """Deliver into a mailbox."""
        self._mailbox = mailbox
        self._numbers = itertools.count(1)

    def routes(self) -> list[BaseRoute]:
        """Give the one method."""
        return [Route("/bot{token}/sendMessage", self.send, methods=["POST"])]

    def reset(self) -> None:
        """Keep nothing."""

    def facts(self) -> Mapping[str, Any]:
        """Tell nothing beside the mailbox."""
        return {}

    async def send(self, request: Request) -> Response:
        """Take one message."""
        if not hmac.compare_digest(request.path_params["token"], BOT_TOKEN):
            return _bot_error(401, "Unauthorized")
        body = await _json(request)
        chat, text = str(body.get("chat_id", "")), body.get("text")
        if not chat.lstrip("-").isdigit():
            return _bot_error(400, "Bad Request: chat not found")
        if chat == "403":
            return _bot_error(403, "Forbidden: bot was blocked by the user")
        if not isinstance(text, str) or not 0 < len(text) <= TELEGRAM_CHARACTERS_MAX:
            return _bot_error(400, "Bad Request: message text is empty or too long")
        if body.get("parse_mode") == "HTML" and not _is_telegram_html(text):
            return _bot_error(400, "Bad Request: can't parse entities")
        self._mailbox.put(channel="telegram", recipient=chat, text=text)
        result = {"message_id": next(self._numbers), "chat": {"id": int(chat)}, "text": text}
        return JSONResponse({"ok": True, "result": result})


class SmsGateway:
    """Take texts to telephones in E.164."""

    name = "sms"

    def __init__(self, mailbox: Mailbox) -> None:
        """Deliver into a mailbox."""
        self._mailbox = mailbox

    def routes(self) -> list[BaseRoute]:
        """Give the one address."""
        path = "/2010-04-01/Accounts/{account}/Messages.json"
        return [Route(path, self.send, methods=["POST"])]

    def reset(self) -> None:
        """Keep nothing."""

    def facts(self) -> Mapping[str, Any]:
        """Tell nothing beside the mailbox."""
        return {}

    async def send(self, request: Request) -> Response:
        """Take one text."""
        wanted = base64.b64encode(f"{SMS_ACCOUNT}:{SMS_TOKEN}".encode()).decode()
        if not hmac.compare_digest(request.headers.get("authorization", ""), f"Basic {wanted}"):
            return JSONResponse({"code": 20003, "status": 401}, status_code=401)
        told = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        number, text = told.get("To", ""), told.get("Body", "")
        if not number.startswith("+") or not number[1:].isdigit():
            return JSONResponse({"code": 21211, "status": 400}, status_code=400)
        if not text or len(text) > SMS_CHARACTERS_MAX or not told.get("From"):
            return JSONResponse({"code": 21602, "status": 400}, status_code=400)
        sid = self._mailbox.put(channel="sms", recipient=number, text=text)
        return JSONResponse({"sid": f"SM{sid}", "status": "queued"}, status_code=201)


def _bears(request: Request, token: str) -> bool:
    return hmac.compare_digest(request.headers.get("authorization", ""), f"Bearer {token}")


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _is_mail(body: Mapping[str, Any]) -> bool:
    to = body.get("to")
    return (
        all(isinstance(body.get(name), str) and body[name] for name in ("from", "subject", "text"))
        and isinstance(to, list)
        and len(to) == 1
        and "@" in str(to[0])
    )


def _is_telegram_html(text: str) -> bool:
    """Tell whether no other tags than Telegram's are in a text, roughly as Telegram finds out."""
    parts = text.split("<")[1:]
    names = [part.lstrip("/").split(">")[0].split(" ")[0] for part in parts]
    return all(">" in part for part in parts) and all(name in _TELEGRAM_TAGS for name in names)


def _resend_error(status: int, name: str) -> Response:
    told = {"statusCode": status, "name": name, "message": name}
    return JSONResponse(told, status_code=status)


def _bot_error(status: int, description: str) -> Response:
    told = {"ok": False, "error_code": status, "description": description}
    return JSONResponse(told, status_code=status)
