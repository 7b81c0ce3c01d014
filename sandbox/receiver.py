"""A customer's receiver of webhooks that fails on command.

``POST /receiver/{box}`` takes a message and answers 200, or what was planned. ``POST /receiver/{box}/plan``
takes ``{"answers": [{"status": 503, "headers": {…}}, …]}`` for the next messages, and
``{"fail_percent": 30}`` for all. ``GET /receiver/{box}/messages`` gives what came, with what was answered;
``?after=100`` leaves the first hundred out. ``GET /receiver/`` shows all boxes to people.
"""

import html
import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from string import Template
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

KEPT: Final = 50_000
"""Messages of one box that are kept."""
SHOWN: Final = 50
BOXES_MAX: Final = 1_000
_HUNDRED: Final = 100
_POLICY: Final = "default-src 'none'; style-src 'self'; frame-ancestors 'none'"
_GOOD: Final = range(200, 300)


@dataclass(slots=True)
class _Box:
    """Hold one receiver's plan, and what came."""

    answers: list[Any] = field(default_factory=list)
    fail_percent: int = 0
    messages: list[dict[str, Any]] = field(default_factory=list)
    dropped: int = 0
    """How many of the first messages are kept no more."""


class Receiver:
    """Keep what customers' programs were sent, in memory."""

    name = "receiver"

    def __init__(self) -> None:
        """Begin with empty boxes."""
        self._boxes: dict[str, _Box] = defaultdict(_Box)
        self._dice = random.Random(7)  # noqa: S311 - failures are the same in each run

    def routes(self) -> list[BaseRoute]:
        """Give the box, its plan and its content."""
        return [
            Route("/", self.show, methods=["GET"]),
            Route("/{box}", self.take, methods=["POST"]),
            Route("/{box}/plan", self.plan, methods=["POST"]),
            Route("/{box}/messages", self.messages, methods=["GET"]),
        ]

    def reset(self) -> None:
        """Forget all boxes."""
        self._boxes.clear()

    def facts(self) -> Mapping[str, Any]:
        """Tell how many messages came."""
        return {"messages": sum(len(box.messages) for box in self._boxes.values())}

    async def take(self, request: Request) -> Response:
        """Take a message."""
        name = request.path_params["box"]
        if name not in self._boxes and len(self._boxes) >= BOXES_MAX:
            return JSONResponse({"error": "there are too many boxes"}, status_code=507)
        box = self._boxes[name]
        status, headers = 200, {}
        if box.answers:
            planned = box.answers.pop(0)
            status, headers = planned["status"], planned.get("headers", {})
        elif self._dice.randrange(_HUNDRED) < box.fail_percent:
            status = 503
        body = (await request.body()).decode()
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        box.messages.append(
            {"headers": dict(request.headers), "body": body, "status": status, "received_at": now}
        )
        surplus = max(0, len(box.messages) - KEPT)
        del box.messages[:surplus]
        box.dropped += surplus
        return JSONResponse({"status": status}, status_code=status, headers=headers)

    async def plan(self, request: Request) -> Response:
        """Say how the next messages are answered."""
        box, asked = self._boxes[request.path_params["box"]], await request.json()
        box.answers = list(asked.get("answers", []))
        box.fail_percent = int(asked.get("fail_percent", 0))
        return JSONResponse({"planned": len(box.answers)})

    async def messages(self, request: Request) -> Response:
        """Give what came, in order."""
        box = self._boxes[request.path_params["box"]]
        after = request.query_params.get("after", "0")
        if not (after.isascii() and after.isdigit()):
            return JSONResponse({"error": "after is a number"}, status_code=422)
        return JSONResponse({"items": box.messages[max(0, int(after) - box.dropped) :]})

    async def show(self, request: Request) -> Response:
        """Show all boxes side by side, the latest messages first."""
        del request
        columns = "".join(_column(name, box) for name, box in self._boxes.items())
        none = '<p class="none">Nothing yet. Send webhooks to /receiver/ and any name.</p>'
        page = files("sandbox").joinpath("pages", "receiver.html").read_text(encoding="utf-8")
        text = Template(page).substitute(columns=columns or none)
        return HTMLResponse(text, headers={"Content-Security-Policy": _POLICY})


def _column(name: str, box: _Box) -> str:
    heading = f'{html.escape(name)} <span class="count">{len(box.messages)}</span>'
    latest = "".join(_article(one) for one in reversed(box.messages[-SHOWN:]))
    return f"<section><h2>{heading}</h2>{latest}</section>"


def _article(message: Mapping[str, Any]) -> str:
    """Write one message; all that it says is text."""
    headers, status = message["headers"], message["status"]
    signed = {name: value for name, value in headers.items() if name.startswith("webhook-")}
    lines = "\n".join(f"{name}: {value}" for name, value in signed.items())
    verdict = "taken" if status in _GOOD else "refused"
    return (
        f"<article><header><strong>{verdict} ({status})</strong> "
        f'<time datetime="{message["received_at"]}">{message["received_at"][11:19]}</time></header>'
        f"<pre>{html.escape(message['body'])}</pre>"
        f"<details><summary>Signature</summary><pre>{html.escape(lines)}</pre></details></article>"
    )
