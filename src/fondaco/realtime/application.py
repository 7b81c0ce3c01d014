"""The ASGI application of the realtime process: sockets under ``/ws``, and whether it lives."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from fondaco.realtime.codes import Close
from fondaco.realtime.sockets import Socket

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH: Final = "/ws"
_LIVE: Final = "/livez"

_serve_socket: Final = Socket.as_asgi()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one connection of the ASGI server."""
    if scope["type"] == "websocket":
        if scope["path"].rstrip("/") == PATH:
            await _serve_socket(scope, receive, send)  # type: ignore[arg-type] # Channels names ASGI's dicts its own way
        else:
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": Close.UNKNOWN_TENANT.value})
    elif scope["type"] == "http":
        await _answer_http(scope, send)
    else:
        await _live(receive, send)


async def _answer_http(scope: Scope, send: Send) -> None:
    is_alive = scope["path"] == _LIVE
    start = {
        "type": "http.response.start",
        "status": 200 if is_alive else 404,
        "headers": [(b"content-type", b"text/plain"), (b"x-content-type-options", b"nosniff")],
    }
    await send(start)
    await send({"type": "http.response.body", "body": b"ok\n" if is_alive else b"not found\n"})


async def _live(receive: Receive, send: Send) -> None:
    """Follow the server's lifespan; there is nothing to prepare."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
