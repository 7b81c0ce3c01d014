"""How a Telegram account is assigned, and how people are sent to Telegram's page and come back."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.credentials import challenges, letters, telegram
from fondaco.credentials.challenges import Question
from fondaco.credentials.errors import TelegramMissing, TelegramRefused, TelegramUnavailable
from fondaco.credentials.states import Purpose
from fondaco.credentials.types import CameBack, TelegramLogin, TelegramPage
from fondaco.identity import actions as identity, queries as people
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.options import options
from fondaco.vendors.telegram import client

LIFETIME: Final = timedelta(minutes=10)
PAGE: Final = "telegram"


def send_to_page(*, user_id: UUID | None = None) -> TelegramPage:
    """Begin at Telegram's page: to log in, or for a person who shall have the account assigned.

    The handle is not in the address: a link that somebody else made brings his code to nobody's session.

    :raises TelegramMissing: no client or no page is set up
    """
    vendor = _vendor()
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    with transaction.atomic():
        _, asked = challenges.ask(
            Question(
                purpose=Purpose.TELEGRAM_OIDC,
                lifetime=LIFETIME,
                user_id=user_id,
                subject=json.dumps({"state": state, "nonce": nonce, "verifier": verifier}),
            )
        )
    url = vendor.authorization_url(state=state, nonce=nonce, verifier=verifier)
    return TelegramPage(handle=asked.handle, url=url, expires_at=asked.expires_at)


def come_back(back: CameBack, *, user_id: UUID | None = None) -> TelegramLogin:
    """Give whom Telegram vouches for; the handle is used up, whatever comes of it.

    Telegram is asked outside of any transaction.

    :raises TelegramRefused: another state, a handle of another purpose or person or past its time, a code or
        token that proves nothing
    :raises TelegramUnavailable: Telegram cannot be asked
    :raises TelegramMissing: no client or no page is set up
    """
    with transaction.atomic():
        row = challenges.lock(handle=back.handle, purpose=Purpose.TELEGRAM_OIDC)
        spent = challenges.spend(row) if row is not None and row.user_id == user_id else None
    if spent is None:
        raise TelegramRefused
    vendor, sent = _vendor(), json.loads(spent.subject)
    if not hmac.compare_digest(sent["state"].encode(), back.state.encode()):
        raise TelegramRefused
    try:
        claims = vendor.redeem(
            code=back.code,
            nonce=sent["nonce"],
            verifier=sent["verifier"],
            at_s=int(clock.now().timestamp()),
        )
    except client.Unavailable as error:
        raise TelegramUnavailable(retry_after_s=60) from error
    except client.Refused as error:
        raise TelegramRefused from error
    return TelegramLogin(
        telegram_id=claims.telegram_id,
        first_name="",
        last_name="",
        username=claims.username,
        at=datetime.fromtimestamp(claims.issued_at_s, UTC),
        digest=hashlib.sha256(f"telegram.oidc:{sent['nonce']}".encode()).digest(),
    )


def assign(*, user_id: UUID, signed: TelegramLogin, by: Actor) -> None:
    """Let a person log in by the Telegram account that signed.

    :raises TelegramRefused: used before
    :raises IdentifierTaken: another user has it
    """
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


def _vendor() -> client.Telegram:
    chosen = options()
    if not (chosen.telegram_client_id and chosen.pages_url):
        raise TelegramMissing
    return client.Telegram(
        client_id=chosen.telegram_client_id,
        client_secret=chosen.telegram_client_secret.get_secret_value(),
        redirect_uri=f"{chosen.pages_url.rstrip('/')}/{PAGE}",
        base=chosen.telegram_url.rstrip("/"),
    )
