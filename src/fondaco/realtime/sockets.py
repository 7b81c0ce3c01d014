"""One socket: accepted, proved, told what happens, kept alive, and closed with a code that says why."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Final
from uuid import UUID

import structlog
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error

from fondaco.apikeys.errors import AddressRefused
from fondaco.kit.access import Principal
from fondaco.kit.django import metrics
from fondaco.kit.django.api.addresses import socket_address
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.kit.django.tenancy.directory import UnknownTenant
from fondaco.kit.errors import DomainError, Unauthenticated
from fondaco.kit.ids import encode
from fondaco.realtime import messages, origins, proof
from fondaco.realtime.codes import Close
from fondaco.realtime.hub import Hub, Room
from fondaco.realtime.messages import MalformedMessage, UnknownMessage
from fondaco.realtime.outbox import Outbox
from fondaco.realtime.reading import Proof, Told
from fondaco.realtime.subscriptions import Subscriptions
from fondaco.realtime.topics import Channel

PROVE_WITHIN_S: Final = 10.0
HEARTBEAT_S: Final = 20.0
SILENCE_MAX_S: Final = 2.5 * HEARTBEAT_S
SEND_WITHIN_S: Final = 10.0
"""A client that takes no message for so long does not read."""
RATE_MAX: Final = 50
"""Messages a second that a client may send."""
_CLOSE_WITHIN_S: Final = 1.0

log = structlog.get_logger(__name__)


class Socket(AsyncWebsocketConsumer):
    """Serve one client.

    It is accepted first and refused afterwards, since a browser learns no code from a refused handshake.
    """

    tenant: TenantScope
    principal: Principal | None = None

    def __init__(self, hub: Hub) -> None:
        """Begin with nobody proved and nothing to send."""
        super().__init__()
        self._hub = hub
        self._room: Room | None = None
        self._subscriptions: Subscriptions | None = None
        self._token, self._address = "", ""
        self._outbox = Outbox()
        self._tasks: list[asyncio.Task[None]] = []
        self._timers: list[asyncio.TimerHandle] = []
        self._is_writing = False
        self._application: asyncio.Task[Any] | None = None
        self._is_over = False
        self._heard_at = time.monotonic()
        self._second, self._in_second = 0, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Run until the socket is closed, and leave no task behind."""
        self._application = asyncio.current_task()
        metrics.SOCKETS.inc()
        self.scope, self.base_send = scope, send
        try:
            # Channels would keep a task for each message that is awaited; thousands of sockets only wait.
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        except asyncio.CancelledError:
            if not self._is_over:
                raise
            # The client takes not even the close frame: the server cuts the connection when we return.
        finally:
            metrics.SOCKETS.dec()
            self._leave()
            self._cancel()

    async def connect(self) -> None:
        """Accept, find the tenant, and wait for the proof."""
        await self.accept()
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in self.scope["headers"]
        }
        remote, _ = self.scope.get("client") or ("", 0)
        self._address = socket_address(remote, headers.get("x-forwarded-for", ""))
        if not origins.is_allowed(headers.get("origin"), host=headers.get("host", "")):
            await self._end(Close.ORIGIN_REFUSED)
            return
        try:
            self.tenant = await proof.find_tenant(headers)
        except UnknownTenant:
            await self._end(Close.UNKNOWN_TENANT)
        except Error:
            await self._end(Close.TRY_LATER)
        else:
            self._later(HEARTBEAT_S, self._beat)
            self._later(PROVE_WITHIN_S, self._expect_proof)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take one message of the client; the next one is read when this one is dealt with."""
        if self._is_over:
            return
        self._heard_at = time.monotonic()
        if text_data is None or bytes_data is not None:
            await self._end(Close.UNSUPPORTED)
        elif messages.is_too_large(text_data):
            await self._end(Close.TOO_LARGE)
        elif self._is_flooding():
            await self._end(Close.TOO_MANY)
        else:
            await self._take(text_data)

    async def _take(self, text: str) -> None:
        try:
            kind, message = messages.parse(text)
            if self.principal is None or kind == "authenticate":
                await self._admit(kind, message)
            else:
                # The proof may have ended since the last message.
                self.principal = await proof.prove(self.tenant, self._token, address=self._address)
                await self._answer(kind, message)
        except (Unauthenticated, AddressRefused) as refusal:
            await self._send_last(messages.problem(refusal), Close.UNAUTHENTICATED)
        except DomainError as refusal:
            if self.principal is None:
                await self._send_last(messages.problem(refusal), Close.UNAUTHENTICATED)
            else:
                await self._queue(messages.problem(refusal))
        except Error as error:
            log.warning("realtime.database_failed", reason=type(error).__name__)
            await self._end(Close.TRY_LATER)

    async def _admit(self, kind: str, message: Mapping[str, Any]) -> None:
        """Let the client in by its first message, which carries a ticket or a token; a later one renews it.

        :raises Unauthenticated: it is another message, or the token proves nobody, or somebody else
        """
        if kind != "authenticate":
            raise Unauthenticated("The first message must be authenticate, with a token.")
        if "ticket" in message:
            token = await proof.redeem(self.tenant, messages.member(message, "ticket"))
        else:
            token = messages.member(message, "token")
        principal = await proof.prove(self.tenant, token, address=self._address)
        if self.principal is not None and _self_of(self.principal) != _self_of(principal):
            raise Unauthenticated("Open a socket of your own.")
        self._token, self.principal = token, principal
        lost = await self._enter(principal)
        customer = principal.customer_id
        told = {
            "type": "authenticated",
            "customer": None if customer is None else encode("cus", customer),
            "role": principal.role.value,
        }
        await self._queue(told)
        if lost:
            await self._queue({"type": "unsubscribed", "topics": lost})

    async def _enter(self, principal: Principal) -> list[str]:
        """Take a place in the tenant's room; give the topics that a renewed proof does not open any more."""
        if self._subscriptions is not None:
            return self._subscriptions.renew(principal)
        self._room = await self._hub.enter(self, self.tenant)
        self._subscriptions = Subscriptions(self._room, self)
        if self._is_over:
            self._leave()
        return []

    def _leave(self) -> None:
        if self._room is not None and self._subscriptions is not None:
            self._subscriptions.end()
            self._hub.leave(self, self._room)

    async def _answer(self, kind: str, message: Mapping[str, Any]) -> None:
        if kind == "echo":
            if "payload" not in message:
                raise MalformedMessage("The member payload is missing.", field="payload")
            await self._queue({"type": "echo", "payload": message["payload"]})
        elif kind == "ping":
            await self._queue({"type": "pong"})
        elif kind == "subscribe":
            await self._subscribe(message)
        elif kind == "unsubscribe":
            await self._unsubscribe(message)
        elif kind != "pong":
            raise UnknownMessage(f"A message of the type {kind[:50]} is not known here.")

    async def _subscribe(self, message: Mapping[str, Any]) -> None:
        if self._subscriptions is None or self.principal is None:
            raise Unauthenticated
        names = messages.members(message, "topics")
        after = messages.member(message, "after") if "after" in message else ""
        place = await self._subscriptions.add(
            names, who=self.principal, after=after, send=self._queue_in_turn
        )
        await self._queue({"type": "subscribed", "topics": names, "after": place})

    async def _unsubscribe(self, message: Mapping[str, Any]) -> None:
        names = messages.members(message, "topics")
        gone = self._subscriptions.remove(names) if self._subscriptions is not None else []
        await self._queue({"type": "unsubscribed", "topics": gone})

    def show_proof(self) -> Proof:
        """Give what is looked at before each message."""
        return Proof(self._token, self._address)

    def show(self, told: Told, channels: frozenset[Channel]) -> None:
        """Queue an event for the client; drop a client for whom too much waits already."""
        if not self._is_over and not self._offer(told.text(channels)):
            self._start(partial(self._end, Close.TRY_LATER))

    async def shut(self, refusal: DomainError | None) -> None:
        """Close the socket: its proof has ended, or the client must come again."""
        if self._is_over:
            return
        if refusal is None:
            self._start(partial(self._end, Close.TRY_LATER))
        else:
            problem = messages.problem(refusal)
            self._start(partial(self._send_last, problem, Close.UNAUTHENTICATED))

    async def _queue(self, message: Mapping[str, Any]) -> None:
        """Have a message sent in its turn; drop a client for whom too much waits already."""
        if not self._offer(messages.dump(message)):
            await self._end(Close.TRY_LATER)

    def _offer(self, text: str) -> bool:
        """Have a text written in its turn; tell whether it was taken."""
        is_taken = self._outbox.offer(text)
        if is_taken and not self._is_writing and not self._is_over:
            self._is_writing = True
            self._start(self._write)
        return is_taken

    async def _queue_in_turn(self, text: str) -> None:
        """Have a message sent when those before it have mostly gone; others may be queued meanwhile."""
        try:
            async with asyncio.timeout(SEND_WITHIN_S):
                await self._outbox.until_half_empty()
        except TimeoutError:
            await self._end(Close.TRY_LATER)
            return
        if not self._offer(text):
            await self._end(Close.TRY_LATER)

    async def _send_last(self, message: Mapping[str, Any], code: Close) -> None:
        """Send one message past all that wait, and close."""
        try:
            async with asyncio.timeout(_CLOSE_WITHIN_S):
                await self.send(text_data=messages.dump(message))
        except TimeoutError:
            log.info("realtime.slow_reader")
        await self._end(code)

    async def _write(self) -> None:
        """Send what waits, one by one: the server holds ``send`` back while the client does not read."""
        while (text := self._outbox.take()) is not None:
            try:
                async with asyncio.timeout(SEND_WITHIN_S):
                    await self.send(text_data=text)
            except TimeoutError:
                await self._end(Close.TRY_LATER)
                return
        self._is_writing = False

    async def _beat(self) -> None:
        """Ask for a sign of life, and look whether the proof still holds; then again after a while."""
        if time.monotonic() - self._heard_at > SILENCE_MAX_S:
            await self._end(Close.TIMEOUT)
            return
        if self.principal is not None:
            try:
                await proof.prove(self.tenant, self._token, address=self._address)
            except (Unauthenticated, AddressRefused) as refusal:
                await self._send_last(messages.problem(refusal), Close.UNAUTHENTICATED)
                return
            except Error:
                await self._end(Close.TRY_LATER)
                return
            await self._queue({"type": "ping"})
        self._later(HEARTBEAT_S, self._beat)

    async def _expect_proof(self) -> None:
        if self.principal is None:
            await self._end(Close.TIMEOUT)

    async def _end(self, code: Close) -> None:
        """Close once; a client that takes not even that is cut off."""
        if self._is_over:
            return
        self._is_over = True
        self._leave()
        metrics.SOCKETS_CLOSED.labels(str(code.value)).inc()
        self._cancel()
        try:
            async with asyncio.timeout(_CLOSE_WITHIN_S):
                await self.close(code=code.value)
        except TimeoutError:
            if self._application is not None:
                self._application.cancel()

    def _is_flooding(self) -> bool:
        second = int(self._heard_at)
        self._in_second = self._in_second + 1 if second == self._second else 1
        self._second = second
        return self._in_second > RATE_MAX

    def _cancel(self) -> None:
        """Leave nothing behind but who asks for it."""
        for timer in self._timers:
            timer.cancel()
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()

    def _later(self, seconds: float, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin something after a while; a timer weighs a tenth of a task that sleeps."""
        if self._is_over:
            return
        now = asyncio.get_running_loop().time()
        self._timers = [one for one in self._timers if not one.cancelled() and one.when() > now]
        timer = asyncio.get_running_loop().call_later(seconds, self._start, work)
        self._timers.append(timer)

    def _start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = asyncio.create_task(self._run(work))
        self._tasks.append(task)
        task.add_done_callback(self._tasks.remove)

    async def _run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await work()
        except OSError:
            # ASGI has ``send`` raise it once the client has gone, of which `disconnect` hears as well.
            log.info("realtime.client_gone")


def _self_of(who: Principal) -> tuple[UUID, UUID | None]:
    """Name a person and for whom he acts; a socket stays with both."""
    return who.user_id, who.customer_id
