"""Data that Telegram's login button signs: who pressed it, under SHA-256 of the bot's token.

Source of the check: https://core.telegram.org/widgets/login, "Checking authorization".
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from fondaco.credentials.errors import TelegramRefused
from fondaco.credentials.models import Challenge
from fondaco.credentials.states import Purpose
from fondaco.credentials.types import TelegramLogin
from fondaco.kit import clock
from fondaco.kit.options import options

AGE_MAX: Final = timedelta(minutes=10)
_SKEW: Final = timedelta(minutes=1)
_ID: Final = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)
_TIME: Final = re.compile(r"[0-9]{1,11}", re.ASCII)
_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def read(fields: Mapping[str, str]) -> TelegramLogin:
    """Give who pressed the button, proved by the signature and not older than ten minutes.

    :raises TelegramRefused: not signed for this house's bot, malformed, or too old
    """
    token = options().telegram_bot_token.get_secret_value()
    signature = fields.get("hash", "")
    if not token or not _HASH.fullmatch(signature):
        raise TelegramRefused
    told = {name: value for name, value in fields.items() if name != "hash"}
    if not hmac.compare_digest(sign(told, token=token), signature):
        raise TelegramRefused
    if not _ID.fullmatch(told.get("id", "")) or not _TIME.fullmatch(told.get("auth_date", "")):
        raise TelegramRefused
    at = datetime.fromtimestamp(int(told["auth_date"]), UTC)
    if not -_SKEW <= clock.now() - at <= AGE_MAX:
        raise TelegramRefused
    return TelegramLogin(
        telegram_id=int(told["id"]),
        first_name=told.get("first_name", ""),
        last_name=told.get("last_name", ""),
        username=told.get("username", ""),
        at=at,
        digest=bytes.fromhex(signature),
    )


def sign(fields: Mapping[str, str], *, token: str) -> str:
    """Give the signature of the fields: HMAC-SHA256 of ``name=value`` lines in order of the names."""
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    key = hashlib.sha256(token.encode()).digest()
    return hmac.new(key, lines.encode(), hashlib.sha256).hexdigest()


def spend(signed: TelegramLogin, *, user_id: UUID | None) -> bool:
    """Use signed data up in the caller's transaction; false where they were used before."""
    now = clock.now()
    try:
        with transaction.atomic():
            Challenge.objects.create(
                purpose=Purpose.TELEGRAM,
                user_id=user_id,
                digest=signed.digest,
                tries_left=0,
                created_at=now,
                expires_at=signed.at + AGE_MAX + _SKEW,
                used_at=now,
            )
    except IntegrityError:
        return False
    return True
