"""A service that advises on portfolios, simulated: the contract of docs/providers/advice.md.

``PUT /advisor/behaviour`` with ``{"mode": "…"}`` has it misbehave until it is set back: ``right``, ``slow``,
``drop``, ``nan``, ``negative``, ``unknown``, ``too_much`` (weights sum to 1.2), ``html`` (with status 200),
``huge`` (50 MB), ``failing`` (503), ``unsigned``, ``other_request``, ``twice``, ``nothing``. Its right answer
gives equal weights. The secret is ``sandbox-advice-secret``.
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

SECRET: Final = "sandbox-advice-secret"  # noqa: S105 - the sandbox's, and published on purpose
SIGNATURE: Final = "Fondaco-Advice-Signature"
MODEL: Final = "sandbox equal weights 1"
SLOW_S: Final = 30
HUGE_BYTES: Final = 50_000_000
_CHUNK: Final = b'{"padding": "' + b"x" * 65_536
MODES: Final = (
    "right",
    "slow",
    "drop",
    "nan",
    "negative",
    "unknown",
    "too_much",
    "html",
    "huge",
    "failing",
    "unsigned",
    "other_request",
    "twice",
    "nothing",
)


class Advisor:
    """Advise equal weights, or whatever it is told to do wrong."""

    name = "advisor"

    def __init__(self) -> None:
        """Begin by behaving."""
        self._mode = "right"
        self._asked = 0
        self._last: Mapping[str, Any] = {}

    def routes(self) -> list[BaseRoute]:
        """Give the contract's address, and the two that steer it."""
        return [
            Route("/v1/advice", self.advise, methods=["POST"]),
            Route("/behaviour", self.behave, methods=["PUT"]),
            Route("/last", self.show_last, methods=["GET"]),
        ]

    def reset(self) -> None:
        """Behave, and forget."""
        self._mode, self._asked, self._last = "right", 0, {}

    def facts(self) -> Mapping[str, Any]:
        """Count the questions, and tell how it behaves."""
        return {"asked": self._asked, "mode": self._mode}

    async def behave(self, request: Request) -> Response:
        """Behave in another way from now on."""
        mode = (await request.json()).get("mode")
        if mode not in MODES:
            return JSONResponse({"error": f"mode is one of {', '.join(MODES)}"}, status_code=422)
        self._mode = mode
        return Response(status_code=204)

    async def show_last(self, request: Request) -> Response:
        """Show what was asked last."""
        del request
        return JSONResponse(self._last)

    async def advise(self, request: Request) -> Response:
        """Answer a question, rightly or as told."""
        body = await request.body()
        self._asked += 1
        if not _is_signed(request.headers.get(SIGNATURE, ""), body):
            return JSONResponse({"error": "not signed"}, status_code=401)
        asked = json.loads(body)
        self._last = asked
        if self._mode == "slow":
            await self._dawdle()
        if self._mode == "html":
            return HTMLResponse("<h1>Welcome</h1>")
        if self._mode == "huge":
            return StreamingResponse(_endless(), media_type="application/json")
        if self._mode == "drop":
            return StreamingResponse(_broken(), media_type="application/json")
        if self._mode == "failing":
            return JSONResponse({"error": "not today"}, status_code=503)
        return self._signed(json.dumps(self._answer(asked)).encode())

    async def _dawdle(self) -> None:
        """Wait until it is told to behave, or for long."""
        for _ in range(SLOW_S * 10):
            if self._mode != "slow":
                return
            await asyncio.sleep(0.1)

    def _answer(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        symbols = [one["symbol"] for one in asked["universe"]]
        weights: list[dict[str, Any]] = [
            {"symbol": symbol, "weight": str(round(1 / len(symbols), 12))} for symbol in symbols
        ]
        if self._mode == "nan":
            weights[0]["weight"] = float("nan")
        elif self._mode == "negative":
            weights[0]["weight"], weights[1]["weight"] = "-0.5", str(0.5 + 2 / len(symbols))
        elif self._mode == "unknown":
            weights[0]["symbol"] = "XNYS.NOBODY"
        elif self._mode == "too_much":
            weights = [{**one, "weight": 1.2 / len(symbols)} for one in weights]
        elif self._mode == "twice":
            weights[1]["symbol"] = weights[0]["symbol"]
        elif self._mode == "nothing":
            weights = []
        other = self._mode == "other_request"
        return {
            "version": 1,
            "request_id": "another" if other else asked["request_id"],
            "model": MODEL,
            "weights": weights,
        }

    def _signed(self, body: bytes) -> Response:
        headers = {}
        if self._mode != "unsigned":
            at = int(time.time())
            headers[SIGNATURE] = f"t={at},v1={_digest(at, body)}"
        return Response(body, media_type="application/json", headers=headers)


def _is_signed(header: str, body: bytes) -> bool:
    told = dict(part.partition("=")[::2] for part in header.split(","))
    at = told.get("t", "")
    return at.isdigit() and hmac.compare_digest(told.get("v1", ""), _digest(int(at), body))


def _digest(at: int, body: bytes) -> str:
    return hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


async def _endless() -> AsyncIterator[bytes]:
    sent = 0
    while sent < HUGE_BYTES:
        yield _CHUNK
        sent += len(_CHUNK)


async def _broken() -> AsyncIterator[bytes]:
    yield b'{"version": 1, '
    raise ConnectionResetError("the sandbox was told to hang up")
