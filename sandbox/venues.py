"""What every simulated company brings: its routes, and how it is set back and told to misbehave."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, runtime_checkable

from starlette.responses import JSONResponse
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LATENCY_MAX_S: Final = 60.0
_ERROR_FROM: Final = 400
_ERROR_TO: Final = 599


class Refused(Exception):
    """Say that a request to the control API cannot be taken, in one sentence."""


class Venue(Protocol):
    """Stand in for one company."""

    name: str
    """The first part of its paths."""

    def routes(self) -> list[BaseRoute]:
        """Give what it answers, below its name."""

    def reset(self) -> None:
        """Forget everything that happened."""

    def facts(self) -> Mapping[str, Any]:
        """Tell in numbers what happened."""


@runtime_checkable
class Quirky(Protocol):
    """Be a venue that can do more wrong than being late or down."""

    def set_quirks(self, told: Mapping[str, Any]) -> None:
        """Misbehave otherwise from now on.

        :raises Refused: a member is unknown, or its value makes no sense
        """


COMMON: Final = frozenset({"latency_s", "trickle_s", "status", "times"})
"""What every venue can do wrong."""


@dataclass(slots=True)
class Faults:
    """Hold how a venue misbehaves until it is set back; nothing at first."""

    latency_s: float = 0.0
    trickle_s: float = 0.0
    """Answers come byte by byte, with such a pause before each."""
    """Added to each answer."""
    status: int = 0
    """Answered instead of the right one; 0: none."""
    times: int = 0
    """How many more answers are wrong; 0: all, until set back."""

    @classmethod
    def parse(cls, body: Any) -> "Faults":
        """Read ``{"latency_s", "trickle_s", "status", "times"}``.

        :raises Refused: unknown members, or values out of range
        """
        if not isinstance(body, dict) or not set(body) <= COMMON:
            raise Refused("send an object with latency_s, trickle_s, status and times")
        latency_s, status = body.get("latency_s", 0), body.get("status", 0)
        times = body.get("times", 0)
        trickle_s = body.get("trickle_s", 0)
        for name, seconds in (("latency_s", latency_s), ("trickle_s", trickle_s)):
            if not _is_number(seconds) or not 0 <= seconds <= _LATENCY_MAX_S:
                raise Refused(f"{name} is a number from 0 to 60")
        if not _is_whole(status) or not (status == 0 or _ERROR_FROM <= status <= _ERROR_TO):
            raise Refused("status is 0 or from 400 to 599")
        if not _is_whole(times) or times < 0:
            raise Refused("times is a whole number, not negative")
        return cls(float(latency_s), float(trickle_s), status, times)

    def take_status(self) -> int:
        """Give the wrong status for one answer, and count it; 0: answer rightly."""
        status = self.status
        if status and self.times:
            self.times -= 1
            if not self.times:
                self.status = 0
        return status


@dataclass(slots=True)
class Stage:
    """Put a venue on: its routes, behind the faults that the control API sets."""

    venue: Venue
    app: ASGIApp
    faults: Faults = field(default_factory=Faults)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer late or wrongly where told so, else let the venue answer."""
        send = self._late(send)
        status = self.faults.take_status()
        if status:
            answer = JSONResponse({"error": "the sandbox was told to fail"}, status_code=status)
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def reset(self) -> None:
        """Forget what happened, and behave."""
        self.faults = Faults()
        self.venue.reset()

    def _late(self, send: Send) -> Send:
        """Give what sends an answer when it is time: what was asked for is done by then, heard or not.

        Once the venue behaves, the rest of what trickles comes at once.
        """
        latency_s, trickle_s = self.faults.latency_s, self.faults.trickle_s

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                await asyncio.sleep(latency_s)
            if message["type"] == "http.response.body" and trickle_s:
                body = message.get("body", b"")
                while body and self.faults.trickle_s:
                    await asyncio.sleep(trickle_s)
                    await send({**message, "body": body[:1], "more_body": True})
                    body = body[1:]
                message = {**message, "body": body}
            await send(message)

        return answer


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


__all__ = ["COMMON", "Faults", "Quirky", "Refused", "Stage", "Venue"]
