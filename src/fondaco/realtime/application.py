"""The ASGI application of the realtime process: sockets under ``/ws``, and whether it lives."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from fondaco.realtime.codes import Close
from fondaco.realtime.hub import Hub
from fondaco.realtime.sockets import Socket

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH: Final = "/ws"
_LIVE: Final = "/livez"


class Application:
    """Serve sockets from one hub, which lives as long as the server."""

    def __init__(self) -> None:
        """Begin without a hub: it belongs to the server's loop."""
        self.hub: Hub | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of the ASGI server, or follow its life.

        :raises RuntimeError: the server does not tell when it starts (ASGI's lifespan)
        """
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await _answer_http(scope, send)
        elif scope["path"].rstrip("/") != PATH:
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": Close.UNKNOWN_TENANT.value})
        elif self.hub is None:
            raise RuntimeError("the realtime process needs a server with ASGI's lifespan")
        else:
            await Socket(self.hub)(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Listen to PostgreSQL between the server's start and its end."""
        await receive()
        self.hub = Hub()
        listening = asyncio.create_task(self.hub.run())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        listening.cancel()
        self.hub.stop()
        await send({"type": "lifespan.shutdown.complete"})


application: Final = Application()


async def _answer_http(scope: Scope, send: Send) -> None:
    is_alive = scope["path"] == _LIVE
    start = {
        "type": "http.response.start",
        "status": 200 if is_alive else 404,
        "headers": [(b"content-type", b"text/plain"), (b"x-content-type-options", b"nosniff")],
    }
    await send(start)
    await send({"type": "http.response.body", "body": b"ok\n" if is_alive else b"not found\n"})
