"""What the three simulated exchanges have in common on the wire: quirks, lost answers, old dates."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.venues_market import Market

KEY: Final = "sandbox-key"
"""Of all three; published on purpose. Their secrets stand beside the wires."""


class Lost(Response):
    """Begin to answer, and break off: the caller never learns what became of his request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a head that promises a body, and nothing more."""
        del scope, receive
        headers = [(b"content-type", b"application/json"), (b"content-length", b"64")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


class Exchange:
    """Be the venue's side that is not its wire."""

    name = ""

    def __init__(self, market: Market) -> None:
        """Take the market that is traded on."""
        self.market = market

    def reset(self) -> None:
        """Begin anew."""
        self.market.reset()

    def facts(self) -> Mapping[str, Any]:
        """Tell in numbers what happened."""
        return self.market.facts()

    def set_quirks(self, told: Mapping[str, Any]) -> None:
        """Misbehave otherwise from now on.

        :raises Refused: a member is unknown, or its value makes no sense
        """
        self.market.set_quirks(told)

    def is_dropped(self) -> bool:
        """Draw whether a request that changes something is lost before it is done."""
        return self.market.is_lost(self.market.quirks.lost_requests)

    def answered(self, answer: Response) -> Response:
        """Give the answer to a request that has changed something, unless that is lost."""
        return Lost() if self.market.is_lost(self.market.quirks.lost_answers) else answer

    def dated(self, body: Any) -> Response:
        """Give public prices, with the age that the quirks want, as a stored answer has one."""
        age = int(self.market.quirks.stale_s)
        return JSONResponse(body, headers={"Age": str(age)} if age else None)


def own_path(request: Request) -> str:
    """Give the path below the venue's name, as its signature covers it."""
    path: str = request.scope["path"]
    return path.removeprefix(request.scope.get("root_path", ""))


async def form_of(request: Request) -> tuple[str, dict[str, str]]:
    """Give the body as it was sent, and its members."""
    raw = (await request.body()).decode("utf-8", "replace")
    return raw, dict(parse_qsl(raw, keep_blank_values=True))
