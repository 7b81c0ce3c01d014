"""What people are told: codes, links and notices about their own safety. Nothing here is kept or logged."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from fondaco.identity.types import User
from fondaco.kit.django import deliveries
from fondaco.kit.django.deliveries import Channel, Message
from fondaco.kit.options import options

NOTICE_LIFETIME: Final = timedelta(days=1)

_SAFE: Final = "If this was not you, change your password and write to us."


def addresses(user: User, wanted: Iterable[str] = ("email", "sms")) -> list[tuple[Channel, str]]:
    """Give where a person is reached for certain, among the wanted channels."""
    chosen = set(wanted)
    found: list[tuple[Channel, str]] = []
    if user.email and user.email_verified_at and "email" in chosen:
        found.append((Channel.EMAIL, user.email))
    if user.phone and user.phone_verified_at and "sms" in chosen:
        found.append((Channel.SMS, user.phone))
    return found


def send_code(channel: Channel, recipient: str, code: str, *, lifetime: timedelta) -> None:
    """Send a code of six digits."""
    minutes = max(1, int(lifetime.total_seconds()) // 60)
    text = f"{code} is your code. It is valid for {minutes} minutes. Give it to nobody."
    _send(channel, recipient, "Your code", text, purpose="credentials.code", lifetime=lifetime)


def send_link(
    recipient: str, token: str, *, page: str, subject: str, why: str, lifetime: timedelta
) -> None:
    """Send a one-time token by e-mail, as a link where the house has pages."""
    base = options().pages_url.rstrip("/")
    where = f"Follow this link: {base}/{page}#{token}" if base else f"Your token is: {token}"
    text = f"{why}\n\n{where}\n\nIt works once. If you did not ask for this, do nothing."
    _send(Channel.EMAIL, recipient, subject, text, purpose=f"credentials.{page}", lifetime=lifetime)


def send_notice(user: User, sentence: str, *, also_to: str | None = None) -> None:
    """Tell a person what happened to his account, wherever he is reached."""
    targets = addresses(user)
    if user.email and not targets:
        targets = [(Channel.EMAIL, user.email)]
    if also_to and (Channel.EMAIL, also_to) not in targets:
        targets.append((Channel.EMAIL if "@" in also_to else Channel.SMS, also_to))
    for channel, recipient in targets:
        send_plain(channel, recipient, sentence)


def send_plain(channel: Channel, recipient: str, sentence: str) -> None:
    """Send a notice to an address."""
    text = f"{sentence} {_SAFE}"
    subject = "About your account"
    _send(channel, recipient, subject, text, purpose="credentials.notice", lifetime=NOTICE_LIFETIME)


def _send(
    channel: Channel, recipient: str, subject: str, text: str, *, purpose: str, lifetime: timedelta
) -> None:
    message = Message(
        channel=channel,
        recipient=recipient,
        text=text,
        subject=subject if channel is Channel.EMAIL else "",
    )
    deliveries.send(message, purpose=purpose, lifetime=lifetime)
