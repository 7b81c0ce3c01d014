"""The one door to allauth: its tables, seeds, recovery codes and WebAuthn, without its requests and sessions.

allauth calls these modules internal, so its version is pinned exactly. What differs here: seeds are sealed
under the person's key, each time step of TOTP is good once (kept in the row, not in a cache), the clock is
the kit's, and the state of a WebAuthn ceremony is handed out instead of being put into a session.
"""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from fondaco.identity import personal
from fondaco.kit import clock
from fondaco.kit.django import tenancy
from fondaco.kit.options import options

_PERIOD_S: Final = 30
_TOLERANCE: Final = 1
"""Steps of clock skew on either side (RFC 6238, 5.2)."""
_CONTEXT: Final = "credentials.seed"
_NONE_LEFT: Final = 0

_owner: ContextVar[UUID | None] = ContextVar("fondaco_factor_owner", default=None)


class Adapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    """Tell allauth how seeds are sealed and under which name the house appears."""

    def encrypt(self, text: str) -> str:
        """Seal a seed under its owner's key."""
        sealed = personal.seal(_owned(), text.encode(), context=_CONTEXT)
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a seed."""
        sealed = base64.b64decode(encrypted_text)
        return personal.unseal(_owned(), sealed, context=_CONTEXT).decode()

    def get_totp_issuer(self) -> str:
        """Name the tenant; what the caller's Host header says does not count."""
        return tenancy.current().name

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name the host to which passkeys are bound: the one of the house's pages."""
        host = urlsplit(options().pages_url).hostname or "localhost"
        return {"id": host, "name": tenancy.current().name}


@contextmanager
def of(user_id: UUID) -> Iterator[None]:
    """Work on one person's factors within the block."""
    token = _owner.set(user_id)
    try:
        yield
    finally:
        _owner.reset(token)


def new_seed() -> str:
    """Draw a seed for an authenticator (160 bits, base32)."""
    return str(totp.generate_totp_secret())


def picture(user_id: UUID, seed: str) -> tuple[str, str]:
    """Give the ``otpauth`` address of a seed, and the same as a QR code in SVG."""
    adapter = Adapter()
    uri = str(adapter.build_totp_url(_user(user_id), seed))
    return uri, str(adapter.build_totp_svg(uri))


def step_of(seed: str, code: str) -> int | None:
    """Give the time step whose code this is, within a step of skew; none where it is no code of now."""
    now = int(clock.now().timestamp()) // _PERIOD_S
    for step in range(now - _TOLERANCE, now + _TOLERANCE + 1):
        expected = totp.format_hotp_value(totp.hotp_value(seed, step))
        if totp.compare_user_code(actual=code, expected=expected):
            return step
    return None


def code_at(seed: str, step: int) -> str:
    """Give the code of a time step (RFC 4226, 5.3)."""
    return str(totp.format_hotp_value(totp.hotp_value(seed, step)))


def activate_totp(user_id: UUID, seed: str, *, step: int) -> None:
    """Keep a seed, proved by the code of a time step, which is spent by it."""
    with of(user_id):
        row = totp.TOTP.activate(_user(user_id), seed).instance
        row.data["step"] = step
        row.save(update_fields=["data"])


def spend_totp(user_id: UUID, code: str) -> bool:
    """Spend a code; no code is good twice, nor one of a step before the last spent."""
    row = _lock(user_id, Authenticator.Type.TOTP)
    if row is None:
        return False
    with of(user_id):
        seed = Adapter().decrypt(row.data["secret"])
    step = step_of(seed, code)
    if step is None or step <= row.data["step"]:
        return False
    row.data["step"], row.last_used_at = step, clock.now()
    row.save(update_fields=["data", "last_used_at"])
    return True


def make_recovery_codes(user_id: UUID) -> list[str]:
    """Make recovery codes anew; earlier ones are worthless."""
    _rows(user_id, Authenticator.Type.RECOVERY_CODES).delete()
    with of(user_id):
        return list(RecoveryCodes.activate(_user(user_id)).generate_codes())


def spend_recovery_code(user_id: UUID, code: str) -> bool:
    """Spend a recovery code."""
    row = _lock(user_id, Authenticator.Type.RECOVERY_CODES)
    if row is None:
        return False
    with of(user_id):
        return bool(RecoveryCodes(row).validate_code(code))


def count_recovery_codes(user_id: UUID) -> int:
    """Count the recovery codes that are left."""
    row = _rows(user_id, Authenticator.Type.RECOVERY_CODES).first()
    if row is None:
        return _NONE_LEFT
    with of(user_id):
        return len(RecoveryCodes(row).get_unused_codes())


def has_totp(user_id: UUID) -> bool:
    """Tell whether the person has an authenticator."""
    return bool(_rows(user_id, Authenticator.Type.TOTP).exists())


def remove_totp(user_id: UUID) -> bool:
    """Forget the person's authenticator; tell whether there was one."""
    return bool(_rows(user_id, Authenticator.Type.TOTP).delete()[0])


def remove_all(user_id: UUID) -> None:
    """Forget all second factors of a person."""
    Authenticator.objects.filter(user_id=user_id).delete()


def remove_recovery_codes(user_id: UUID) -> None:
    """Forget the recovery codes."""
    _rows(user_id, Authenticator.Type.RECOVERY_CODES).delete()


def list_passkeys(user_id: UUID) -> list[Any]:
    """Give the rows of the person's passkeys, oldest first."""
    return list(_rows(user_id, Authenticator.Type.WEBAUTHN).order_by("id"))


def remove_passkey(user_id: UUID, passkey_id: int) -> bool:
    """Forget a passkey; tell whether there was one."""
    rows = _rows(user_id, Authenticator.Type.WEBAUTHN)
    return bool(rows.filter(id=passkey_id).delete()[0])


def begin_passkey(user_id: UUID) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Give what the browser asks a new passkey, and the state to keep until it answers."""
    with _ceremony() as session:
        asked = _webauthn().begin_registration(_user(user_id), passwordless=True)
    return asked, session[_webauthn().STATE_SESSION_KEY]


def add_passkey(
    user_id: UUID, name: str, answer: Mapping[str, Any], *, state: Mapping[str, Any]
) -> Any | None:
    """Keep a passkey that answered rightly, and give its row; none where it did not."""
    webauthn = _webauthn()
    try:
        with _ceremony(state):
            credential = webauthn.parse_registration_response(dict(answer))
            webauthn.complete_registration(credential)
            return webauthn.WebAuthn.add(_user(user_id), name, dict(answer)).instance
    except _REFUSALS:
        return None


def begin_login() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Give what the browser asks any passkey of this house, and the state to keep until it answers."""
    with _ceremony() as session:
        asked = _webauthn().begin_authentication()
    return asked, session[_webauthn().STATE_SESSION_KEY]


def find_by_passkey(answer: Mapping[str, Any], *, state: Mapping[str, Any]) -> UUID | None:
    """Give the person whose passkey answered rightly; none where nobody's did."""
    webauthn = _webauthn()
    try:
        with _ceremony(state):
            user = webauthn.extract_user_from_response(dict(answer))
            response = webauthn.parse_authentication_response(dict(answer))
            row = webauthn.complete_authentication(user, response)
    except _REFUSALS:
        return None
    Authenticator.objects.filter(id=row.id).update(last_used_at=clock.now())
    return UUID(str(row.user_id))


_REFUSALS: Final = (ValidationError, ValueError, TypeError, KeyError, AttributeError)
"""What allauth and fido2 raise for an answer that is malformed or wrong."""


def _webauthn() -> Any:
    """Load what passkeys need with the first of them: most processes never meet one."""
    return import_module("allauth.mfa.webauthn.internal.auth")


@contextmanager
def _ceremony(state: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
    """Give allauth a session that lives as long as the block."""
    session: dict[str, Any] = {}
    if state is not None:
        session[_webauthn().STATE_SESSION_KEY] = dict(state)
    with context.request_context(SimpleNamespace(session=session)):
        yield session


def _owned() -> UUID:
    owner = _owner.get()
    if owner is None:
        raise RuntimeError("seeds are sealed and opened for a person: use factors.of")
    return owner


def _user(user_id: UUID) -> Any:
    return get_user_model().objects.get(pk=user_id)


def _rows(user_id: UUID, kind: str) -> Any:
    return Authenticator.objects.filter(user_id=user_id, type=kind)


def _lock(user_id: UUID, kind: str) -> Any | None:
    return _rows(user_id, kind).select_for_update().first()
