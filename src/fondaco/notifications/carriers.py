"""Who carries each channel: the house's accounts at companies, the sandbox where it has none in development.

They are installed below too, so that codes and links of ``kit.django.deliveries`` go by the same roads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import ClassVar, Final
from urllib.parse import urlsplit
from uuid import UUID

from fondaco.kit.django import transports
from fondaco.kit.django.models.deliveries import Channel as Road
from fondaco.kit.django.transports import Doubtful, Message, Refused, Transport, Unreachable
from fondaco.kit.options import Options, options
from fondaco.notifications.states import Channel
from fondaco.vendors.messages.resend import Resend
from fondaco.vendors.messages.slack import Slack
from fondaco.vendors.messages.telegram_bot import TelegramBot
from fondaco.vendors.messages.twilio import Twilio
from fondaco.vendors.messages.wire import Never, NotNow, Unclear


@dataclass(frozen=True, slots=True)
class ByMailApi:
    """Send e-mail over HTTP."""

    client: Resend
    sender: str
    is_idempotent: ClassVar[bool] = True

    def send(self, message: Message, *, delivery_id: UUID) -> str:
        """Hand an e-mail over.

        :raises Unreachable: not now
        :raises Refused: never
        """
        return _translated(
            lambda: self.client.send(
                message_id=str(delivery_id),
                sender=self.sender,
                recipient=message.recipient,
                subject=message.subject,
                text=message.text,
                html=message.html,
                headers=message.headers,
            )
        )


@dataclass(frozen=True, slots=True)
class BySlack:
    """Send to members and channels of the house's Slack."""

    client: Slack
    is_idempotent: ClassVar[bool] = False

    def send(self, message: Message, *, delivery_id: UUID) -> str:  # noqa: ARG002 - Slack has no name for it
        """Hand a message over.

        :raises Unreachable: not now
        :raises Refused: never
        """
        return _translated(lambda: self.client.send(channel=message.recipient, text=message.text))


@dataclass(frozen=True, slots=True)
class ByTelegram:
    """Send to chats that were opened with the house's bot."""

    client: TelegramBot
    is_idempotent: ClassVar[bool] = False

    def send(self, message: Message, *, delivery_id: UUID) -> str:  # noqa: ARG002 - Telegram has no name for it
        """Hand a message over.

        :raises Unreachable: not now
        :raises Refused: never
        """
        return _translated(
            lambda: self.client.send(
                chat=message.recipient, text=message.text, is_html=message.is_marked_up
            )
        )


@dataclass(frozen=True, slots=True)
class BySms:
    """Send texts to telephones."""

    client: Twilio
    is_idempotent: ClassVar[bool] = False

    def send(self, message: Message, *, delivery_id: UUID) -> str:  # noqa: ARG002 - the gateway has no name for it
        """Hand a text over.

        :raises Unreachable: not now
        :raises Refused: never
        """
        return _translated(lambda: self.client.send(number=message.recipient, text=message.text))


@dataclass(frozen=True, slots=True)
class ByApprise:
    """Send to one of the services that the house named, whose addresses nobody else can choose."""

    services: Mapping[str, str]
    is_idempotent: ClassVar[bool] = False

    def send(self, message: Message, *, delivery_id: UUID) -> str:  # noqa: ARG002 - apprise has no name for it
        """Hand an alert over; apprise tells neither why it failed nor what was taken.

        :raises Refused: the service is not named, its kind is not allowed, or apprise is not installed
        :raises Doubtful: apprise says that it failed
        """
        url = self.services.get(message.recipient, "")
        if find_spec("apprise") is None:
            raise Refused("the extra messengers is not installed")
        sender = import_module("apprise").Apprise()  # only now: it takes megabytes
        if urlsplit(url).scheme not in options().apprise_schemas or not sender.add(url):
            raise Refused(f"no service {message.recipient} is allowed")
        if not sender.notify(title=message.subject, body=message.text):
            raise Doubtful("apprise failed")
        return message.recipient


@dataclass(frozen=True, slots=True)
class InTurn:
    """Send by the first of several companies that can be reached.

    What may have arrived by one is never given to another.
    """

    transports: tuple[Transport, ...]

    @property
    def is_idempotent(self) -> bool:
        """Tell that a message may come twice: the companies do not know of each other."""
        return False

    def send(self, message: Message, *, delivery_id: UUID) -> str:
        """Hand a message over.

        :raises Unreachable: none of them can take it now
        :raises Refused: one that was reached refused it for good
        """
        failed: Unreachable | None = None
        for transport in self.transports:
            try:
                return transport.send(message, delivery_id=delivery_id)
            except Doubtful:
                raise
            except Unreachable as error:
                failed = error
        raise failed or Unreachable("no company is set up")


def find_mail(chosen: Options) -> Transport | None:
    """Give who carries e-mail: the relay and the mail API, in the order that the options name."""
    smtp, key = transports.find_smtp(chosen), chosen.mail_api_key.get_secret_value()
    api = ByMailApi(Resend(key, chosen.mail_api_url), chosen.mail_from) if key else None
    order = (api, smtp) if chosen.mail_first == "api" else (smtp, api)
    found = tuple(one for one in order if one is not None)
    if len(found) > 1:
        return InTurn(found)
    return found[0] if found else None


def find_sms(chosen: Options) -> Transport | None:
    """Give who carries texts to telephones."""
    token = chosen.sms_token.get_secret_value()
    if not token:
        return None
    return BySms(Twilio(chosen.sms_account, token, chosen.sms_sender, chosen.sms_url))


def find_telegram(chosen: Options) -> Transport | None:
    """Give who carries messages to Telegram."""
    token = chosen.telegram_bot_token.get_secret_value()
    return ByTelegram(TelegramBot(token, chosen.telegram_bot_url)) if token else None


def find_slack(chosen: Options) -> Transport | None:
    """Give who carries messages to Slack."""
    token = chosen.slack_token.get_secret_value()
    return BySlack(Slack(token, chosen.slack_url)) if token else None


def install() -> None:
    """Have all messages of the platform go by these roads."""
    transports.install(Road.EMAIL, find_mail)
    transports.install(Road.SMS, find_sms)
    transports.install(Road.TELEGRAM, find_telegram)
    transports.install(Road.SLACK, find_slack)


def carrier_of(channel: Channel) -> Transport:
    """Give who carries a channel.

    :raises Refused: production, and nothing carries it
    """
    if channel is Channel.APPRISE:
        return ByApprise(named_services(options()))
    return transports.transport_for(Road(channel.value))


def road_of(channel: Channel) -> Road:
    """Name a channel as the kit does; alerts over further services are texts like those of Slack."""
    return Road.SLACK if channel is Channel.APPRISE else Road(channel.value)


def named_services(chosen: Options) -> Mapping[str, str]:
    """Give the further services by name, from ``name=url`` lines."""
    pairs = (one.partition("=") for one in chosen.apprise_services.get_secret_value().split())
    return {name: url for name, _, url in pairs if url}


_KINDS: Final[Mapping[type[Exception], type[Exception]]] = {Unclear: Doubtful, Never: Refused}


def _translated(send: Callable[[], str]) -> str:
    try:
        return send()
    except NotNow as error:
        raise Unreachable(str(error), retry_after_s=error.retry_after_s) from None
    except (Unclear, Never) as error:
        raise _KINDS[type(error)](str(error)) from None
