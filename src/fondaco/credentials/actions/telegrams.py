"""How a Telegram account is assigned to a person."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from fondaco.credentials import letters, telegram
from fondaco.credentials.errors import TelegramRefused
from fondaco.identity import actions as identity, queries as people
from fondaco.kit.access import Actor


def assign(*, user_id: UUID, fields: Mapping[str, str], by: Actor) -> None:
    """Let a person log in by the Telegram account that signed.

    :raises TelegramRefused: not signed for this house, too old, or used before
    :raises IdentifierTaken: another user has it
    """
    signed = telegram.read(fields)
    with transaction.atomic():
        if not telegram.spend(signed, user_id=user_id):
            raise TelegramRefused
        user = identity.assign_telegram(user_id=user_id, telegram_id=signed.telegram_id, by=by)
        letters.send_notice(user, "A Telegram account was assigned to your account.")


def verify(*, user_id: UUID, fields: Mapping[str, str]) -> bool:
    """Tell whether data signed by Telegram are those of the person's assigned account.

    :raises TelegramRefused: not signed for this house, or too old
    """
    return people.get_user(user_id).telegram_id == telegram.read(fields).telegram_id


def unassign(*, user_id: UUID, by: Actor) -> None:
    """Let Telegram log a person in no longer.

    :raises LastIdentifier: he could not log in any more
    """
    with transaction.atomic():
        user = identity.unassign_telegram(user_id=user_id, by=by)
        letters.send_notice(user, "The Telegram account was taken off your account.")
