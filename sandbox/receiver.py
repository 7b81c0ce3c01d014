"""A customer's receiver of webhooks that fails on command.

``POST /receiver/{box}`` takes a message and answers 200, or what was planned. ``POST /receiver/{box}/plan``
takes ``{"answers": [{"status": 503, "headers": {…}}, …]}`` for the next messages, and
``{"fail_percent": 30}`` for all. ``GET /receiver/{box}/messages`` gives what came, with what was answered.
"""

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

KEPT: Final = 50_000
_HUNDRED: Final = 100


@dataclass(slots=True)
class _Box:
    """Hold one receiver's plan, and what came."""

    answers: list[Any] = field(default_factory=list)
    fail_percent: int = 0
    messages: list[dict[str, Any]] = field(default_factory=list)


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
        box = self._boxes[request.path_params["box"]]
        status, headers = 200, {}
        if box.answers:
            planned = box.answers.pop(0)
            status, headers = planned["status"], planned.get("headers", {})
        elif self._dice.randrange(_HUNDRED) < box.fail_percent:
            status = 503
        body = (await request.body()).decode()
        box.messages.append({"headers": dict(request.headers), "body": body, "status": status})
        del box.messages[:-KEPT]
        return JSONResponse({"status": status}, status_code=status, headers=headers)

    async def plan(self, request: Request) -> Response:
        """Say how the next messages are answered."""
        box, asked = self._boxes[request.path_params["box"]], await request.json()
        box.answers = list(asked.get("answers", []))
        box.fail_percent = int(asked.get("fail_percent", 0))
        return JSONResponse({"planned": len(box.answers)})

    async def messages(self, request: Request) -> Response:
        """Give what came."""
        return JSONResponse({"items": self._boxes[request.path_params["box"]].messages})
