"""The roads by which messages leave: the sandbox's mailbox in development, SMTP where it is set.

A transport knows no templates and keeps no state. It raises ``Unreachable`` when another try may help and
``Refused`` when none will; ``Doubtful`` when the message may be there already. Domains above install
transports for further channels.
"""

import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import make_msgid, parseaddr
from typing import ClassVar, Final, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

import httpx

from fondaco.kit.django.models.deliveries import Channel
from fondaco.kit.options import Options, options

TIMEOUT_S: Final = 10.0
_SMTP_PORTS: Final = {"smtp": 587, "smtps": 465}
_FINAL_FROM: Final = 500
"""SMTP answers from here on are final, those below ask for another try (RFC 5321, 4.2.1)."""


class TransportError(Exception):
    """Say that a message did not go out."""


class Unreachable(TransportError):
    """Say that the transport cannot take the message now."""

    def __init__(self, reason: str, *, retry_after_s: int = 0) -> None:
        """Say why, and how long the transport wants to be left alone (seconds)."""
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class Doubtful(Unreachable):
    """Say that the message went out and was not acknowledged: another try may be a second message."""


class Refused(TransportError):
    """Say that the transport will never take this message."""


@dataclass(frozen=True, slots=True)
class Message:
    """Hold what is sent: an address of the channel's kind, a subject where it has one, and plain text."""

    channel: Channel
    recipient: str = field(repr=False)
    text: str = field(repr=False)
    subject: str = field(default="", repr=False)
    html: str = field(default="", repr=False)
    """The same in HTML; e-mail only."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Further headers; e-mail only."""
    is_marked_up: bool = False
    """Whether the text is written in the channel's own markup, with all values escaped."""


class Transport(Protocol):
    """Carry messages of some channels."""

    @property
    def is_idempotent(self) -> bool:
        """Tell whether a delivery's id that comes twice is taken once."""

    def send(self, message: Message, *, delivery_id: UUID) -> str:
        """Hand the message over; give the transport's own name for it.

        :raises Unreachable: not now; ``Doubtful`` where it may be there already
        :raises Refused: never
        """


@dataclass(frozen=True, slots=True)
class SandboxMailbox:
    """Post messages of all channels to the sandbox, which shows them side by side."""

    url: str
    is_idempotent: ClassVar[bool] = True

    def send(self, message: Message, *, delivery_id: UUID) -> str:
        """Hand the message to the sandbox.

        :raises Unreachable: the sandbox does not run, or fails
        :raises Refused: the sandbox finds the message malformed
        """
        body = {
            "id": str(delivery_id),
            "channel": message.channel.value,
            "recipient": message.recipient,
            "subject": message.subject,
            "text": message.text,
            "html": message.html,
        }
        if message.headers:
            body["headers"] = "\n".join(
                f"{name}: {value}" for name, value in message.headers.items()
            )
        try:
            answer = httpx.post(f"{self.url}/mailbox/messages", json=body, timeout=TIMEOUT_S)
        except httpx.TransportError as error:
            raise Unreachable(f"sandbox: {type(error).__name__}") from None
        if answer.is_server_error:
            raise Unreachable(f"sandbox answered {answer.status_code}")
        if not answer.is_success:
            raise Refused(f"sandbox answered {answer.status_code}")
        return str(answer.json()["id"])


@dataclass(frozen=True, slots=True)
class Smtp:
    """Send e-mail through a relay: ``smtp://user:password@host:587`` or ``smtps://…:465``.

    ``smtp`` uses STARTTLS unless the address ends in ``?tls=off``, which suits a relay on the same machine.
    """

    url: str = field(repr=False)
    sender: str
    is_idempotent: ClassVar[bool] = False

    def send(self, message: Message, *, delivery_id: UUID) -> str:
        """Hand the message to the relay.

        :raises Unreachable: no connection, or a temporary refusal; ``Doubtful`` once the message is under way
        :raises Refused: a final refusal, or an address that cannot be written into a header
        """
        mail = self._mail(message, delivery_id)
        is_open = False
        try:
            with self._connection() as relay:
                is_open = True
                relay.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise _error_of(min(codes)) from None
        except smtplib.SMTPResponseException as error:
            if not is_open:  # the house itself is refused: no fault of this message
                raise Unreachable(f"smtp answered {error.smtp_code}") from None
            raise _error_of(error.smtp_code) from None
        except (OSError, smtplib.SMTPException) as error:
            kind = Doubtful if is_open else Unreachable
            raise kind(f"smtp: {type(error).__name__}") from None
        return str(mail["Message-ID"])

    def _mail(self, message: Message, delivery_id: UUID) -> EmailMessage:
        mail = EmailMessage()
        _, address = parseaddr(self.sender)
        try:
            mail["From"], mail["To"] = self.sender, message.recipient
            mail["Subject"] = message.subject
            for name, value in message.headers.items():
                mail[name] = value
        except ValueError:
            raise Refused("smtp: address or subject does not fit into a header") from None
        mail["Message-ID"] = make_msgid(str(delivery_id), domain=address.partition("@")[2])
        mail.set_content(message.text)
        if message.html:
            mail.add_alternative(message.html, subtype="html")
        return mail

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        """Open a session, and close it without QUIT, whose answer changes nothing any more."""
        parts = urlsplit(self.url)
        host, port = parts.hostname or "localhost", parts.port or _SMTP_PORTS[parts.scheme]
        tls = ssl.create_default_context()
        relay = (
            smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=tls)
            if parts.scheme == "smtps"
            else smtplib.SMTP(host, port, timeout=TIMEOUT_S)
        )
        try:
            if parts.scheme == "smtp" and parts.query != "tls=off":
                relay.starttls(context=tls)
            if parts.username:
                relay.login(unquote(parts.username), unquote(parts.password or ""))
            yield relay
        finally:
            relay.close()


def _error_of(code: int) -> TransportError:
    kind = Refused if code >= _FINAL_FROM else Unreachable
    return kind(f"smtp answered {code}")


def find_smtp(chosen: Options) -> Transport | None:
    """Give the e-mail relay, or none where none is set."""
    url = chosen.smtp_url.get_secret_value()
    return Smtp(url, chosen.mail_from) if url else None


Find = Callable[[Options], Transport | None]
TRANSPORTS: Final[dict[Channel, Find]] = {Channel.EMAIL: find_smtp}
"""Who carries a channel, by the options; a channel without one goes to the sandbox in development."""


def install(channel: Channel, find: Find) -> None:
    """Say who carries a channel; the latest counts."""
    TRANSPORTS[channel] = find


def transport_for(channel: Channel) -> Transport:
    """Give the transport of a channel.

    :raises Refused: production, and nothing carries this channel
    """
    chosen = options()
    find = TRANSPORTS.get(channel)
    found = find(chosen) if find else None
    if found is not None:
        return found
    if chosen.environment == "production":
        raise Refused(f"nothing is set up that carries {channel.value}")
    return SandboxMailbox(chosen.sandbox_url or f"http://127.0.0.1:{chosen.sandbox_port}")
