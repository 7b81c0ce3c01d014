"""What crosses the border of credentials."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from fondaco.identity.states import MemberRole
from fondaco.kit import ids

PASSKEY_PREFIX: Final = "pky"
RESET_PREFIX: Final = "frs"
INVITATION_PREFIX: Final = "inv"


def reset_wire(reset_id: UUID) -> str:
    """Write the identifier of a factor's reset for the wire: ``frs_…``."""
    return ids.encode(RESET_PREFIX, reset_id)


@dataclass(frozen=True, slots=True)
class Asked:
    """Hand over the handle of a question that a code or signature will answer."""

    handle: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TotpOffer:
    """Hand over the seed of an authenticator that is being set up; shown this once."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    """``otpauth://…``, as authenticators read it."""
    svg: str = field(repr=False)
    """The same as a QR code."""
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PasskeyOptions:
    """Hand over what the browser asks the authenticator."""

    handle: str = field(repr=False)
    options: Mapping[str, Any]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TelegramPage:
    """Hand over where a person is sent, and the handle that the sender keeps to himself."""

    handle: str = field(repr=False)
    url: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CameBack:
    """Hold what a person brought from Telegram's page, with the handle of who sent him."""

    handle: str = field(repr=False)
    state: str = field(repr=False)
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Passkey:
    """Show a passkey."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """Show which second factors a person has."""

    has_totp: bool
    recovery_codes_left: int
    passkeys: tuple[Passkey, ...]


@dataclass(frozen=True, slots=True)
class Invitation:
    """Show who is invited, as what; the link itself went out by e-mail."""

    id: UUID
    email: str
    role: MemberRole
    permissions: frozenset[str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class FactorReset:
    """Show the reset of a lost second factor: proposed by one operator, approved by another, then delayed."""

    id: UUID
    user_id: UUID
    reason: str
    proposed_by: UUID
    approved_by: UUID | None
    due_at: datetime | None
    done_at: datetime | None
    cancelled_at: datetime | None


@dataclass(frozen=True, slots=True)
class TelegramLogin:
    """Hold what Telegram signed: who pressed the button, and when."""

    telegram_id: int
    first_name: str
    last_name: str
    username: str
    at: datetime
    digest: bytes = field(repr=False)
    """Names these data, so that they are spent by one use."""
