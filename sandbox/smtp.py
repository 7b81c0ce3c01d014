"""An SMTP server whose e-mails lie in the mailbox beside those that came over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import default
from typing import Any, Final

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.mailbox import Mailbox

_SHOWN: Final = ("list-unsubscribe", "list-unsubscribe-post", "message-id", "from")


class Postman:
    """Put each e-mail that comes into the mailbox, one letter for each recipient."""

    def __init__(self, mailbox: Mailbox) -> None:
        """Deliver into a mailbox."""
        self._mailbox = mailbox

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        """Take one e-mail."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        mail = message_from_bytes(content, policy=default)
        plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
        headers = "\n".join(f"{name}: {mail[name]}" for name in _SHOWN if mail[name])
        for recipient in envelope.rcpt_tos:
            self._mailbox.put(
                channel="email",
                recipient=recipient,
                subject=str(mail["subject"] or ""),
                text=str(plain.get_content()).strip() if plain else "",
                html=str(rich.get_content()) if rich else "",
                headers=headers,
            )
        return "250 taken"


@asynccontextmanager
async def listening(mailbox: Mailbox, *, port: int) -> AsyncIterator[int]:
    """Take e-mail on a port of this machine (0: any) within the block; gives the port."""
    postman = Postman(mailbox)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(postman, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", port
    )
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await server.wait_closed()
