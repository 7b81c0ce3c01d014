"""Where the platform's messages arrive in development: e-mail, telephone, Telegram and Slack side by side.

``POST /mailbox/messages`` takes one, ``GET`` lists them (newest first; filters ``channel``, ``recipient``,
``after``), ``DELETE`` empties the box, and ``GET /mailbox`` shows them to people.
"""

import html
import itertools
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.resources import files
from string import Template
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

CHANNELS: Final = {"email": "E-mail", "sms": "Phone", "telegram": "Telegram", "slack": "Slack"}
KEPT: Final = 500
"""Messages that the box holds; older ones fall out."""
BYTES_MAX: Final = 200_000
LIMIT_MAX: Final = 200
SHOWN: Final = 50
_REQUIRED: Final = ("id", "channel", "recipient", "text")
_OPTIONAL: Final = ("subject", "html", "headers")
_POLICY: Final = "default-src 'none'; style-src 'self'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Letter:
    """Hold one message that arrived."""

    number: int
    """Counts up with each arrival."""
    id: str
    """The sender's own name for it; the same one again is taken once."""
    channel: str
    recipient: str
    subject: str
    text: str
    html: str
    headers: str
    """Further headers of an e-mail, one a line."""
    received_at: str


class Malformed(Exception):
    """Say in one sentence why a message was not taken."""


class Mailbox:
    """Keep the latest messages in memory."""

    name = "mailbox"

    def __init__(self) -> None:
        """Begin empty."""
        self._numbers = itertools.count(1)
        self._names = itertools.count(1)
        self._letters: deque[Letter] = deque(maxlen=KEPT)

    def routes(self) -> list[BaseRoute]:
        """Give the page and the API."""
        return [
            Route("/", self.show, methods=["GET"]),
            Route("/style.css", self.style, methods=["GET"]),
            Route("/messages", self.take, methods=["POST"]),
            Route("/messages", self.list, methods=["GET"]),
            Route("/messages", self.empty, methods=["DELETE"]),
        ]

    def reset(self) -> None:
        """Throw all messages away."""
        self._letters.clear()

    def facts(self) -> Mapping[str, Any]:
        """Count the messages by channel."""
        return {
            channel: sum(letter.channel == channel for letter in self._letters)
            for channel in CHANNELS
        }

    async def take(self, request: Request) -> Response:
        """Take one message; the same id again changes nothing."""
        try:
            members = _parse(await _body(request))
        except Malformed as error:
            return JSONResponse({"error": str(error)}, status_code=422)
        known = next((letter for letter in self._letters if letter.id == members["id"]), None)
        if known is None:
            known = self._keep(members)
        return JSONResponse({"id": known.id, "number": known.number}, status_code=201)

    def put(self, **members: str) -> str:
        """Keep what came by another road; give the name that it gets here."""
        name = f"letter-{next(self._names)}"
        self._keep({**dict.fromkeys(_OPTIONAL, ""), "id": name, **members})
        return name

    async def list(self, request: Request) -> Response:
        """List messages, newest first."""
        query = request.query_params
        try:
            after, limit = int(query.get("after", 0)), int(query.get("limit", SHOWN))
        except ValueError:
            return JSONResponse({"error": "after and limit are numbers"}, status_code=422)
        found = [
            letter
            for letter in reversed(self._letters)
            if letter.number > after
            and query.get("channel", letter.channel) == letter.channel
            and query.get("recipient", letter.recipient) == letter.recipient
        ]
        shown = found[: max(0, min(limit, LIMIT_MAX))]
        return JSONResponse({"items": [asdict(letter) for letter in shown]})

    async def empty(self, request: Request) -> Response:
        """Throw all messages away."""
        del request
        self.reset()
        return Response(status_code=204)

    async def show(self, request: Request) -> Response:
        """Show the four channels side by side."""
        del request
        page = Template(_resource("mailbox.html")).substitute(columns="".join(self._columns()))
        return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})

    async def style(self, request: Request) -> Response:
        """Give the page's looks."""
        del request
        return Response(_resource("mailbox.css"), media_type="text/css")

    def _keep(self, members: Mapping[str, str]) -> Letter:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        letter = Letter(next(self._numbers), received_at=now, **members)
        self._letters.append(letter)
        return letter

    def _columns(self) -> Iterator[str]:
        for channel, title in CHANNELS.items():
            letters = [letter for letter in reversed(self._letters) if letter.channel == channel]
            shown = "".join(_show(letter) for letter in letters[:SHOWN])
            none = '<p class="none">Nothing yet.</p>'
            yield (
                f'<section aria-labelledby="{channel}"><h2 id="{channel}">{title} '
                f'<span class="count">{len(letters)}</span></h2>{shown or none}</section>'
            )


def _show(letter: Letter) -> str:
    """Write one message; all that it says is text, its own HTML too."""
    heading = f"<h3>{html.escape(letter.subject)}</h3>" if letter.subject else ""
    source = f'<pre class="headers">{html.escape(letter.headers)}</pre>' if letter.headers else ""
    if letter.html:
        source += f"<details><summary>HTML source</summary><pre>{html.escape(letter.html)}</pre></details>"
    return (
        f"<article><header><strong>{html.escape(letter.recipient)}</strong> "
        f'<time datetime="{letter.received_at}">{letter.received_at[11:19]}</time></header>'
        f"{heading}<pre>{html.escape(letter.text)}</pre>{source}</article>"
    )


async def _body(request: Request) -> Any:
    if int(request.headers.get("content-length") or BYTES_MAX + 1) > BYTES_MAX:
        raise Malformed(f"a message has a Content-Length of at most {BYTES_MAX} bytes")
    try:
        return await request.json()
    except (ValueError, RecursionError):
        raise Malformed("the body is not JSON") from None


def _parse(body: Any) -> dict[str, str]:
    if not isinstance(body, dict) or not set(body) <= {*_REQUIRED, *_OPTIONAL}:
        raise Malformed(f"send an object with {', '.join((*_REQUIRED, *_OPTIONAL))}")
    members = {name: body.get(name, "") for name in (*_REQUIRED, *_OPTIONAL)}
    for name, value in members.items():
        if not isinstance(value, str) or (name in _REQUIRED and not value):
            raise Malformed(f"{name} must be a text")
    if members["channel"] not in CHANNELS:
        raise Malformed(f"channel is one of {', '.join(CHANNELS)}")
    return members


def _resource(name: str) -> str:
    return files("sandbox").joinpath("pages", name).read_text(encoding="utf-8")
