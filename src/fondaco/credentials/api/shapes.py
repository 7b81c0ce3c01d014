"""What comes in and goes out at the operations of credentials."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field

from fondaco.credentials.types import (
    INVITATION_PREFIX,
    RESET_PREFIX,
    Asked,
    FactorReset,
    Factors,
    Invitation,
    Passkey,
    PasskeyOptions,
    TotpOffer,
)
from fondaco.identity import passwords
from fondaco.identity.states import MemberRole
from fondaco.identity.types import USER_PREFIX
from fondaco.kit.django.api.schemas import Strict, Text, WireId

UserWireId = Annotated[UUID, WireId(USER_PREFIX)]
ResetWireId = Annotated[UUID, WireId(RESET_PREFIX)]
InvitationWireId = Annotated[UUID, WireId(INVITATION_PREFIX)]

Password = Annotated[Text, Field(max_length=passwords.CHARACTERS_MAX)]
Token = Annotated[Text, Field(min_length=1, max_length=100)]
Code = Annotated[Text, Field(min_length=1, max_length=16, examples=["123456"])]
Identifier = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=320,
        description="E-mail, telephone (with + and country) or user name.",
        examples=["johnwick"],
    ),
]
Name = Annotated[Text, Field(max_length=100)]


class LoginIn(Strict):
    """Take who says to be whom."""

    identifier: Identifier
    password: Password


class SecondFactorIn(Strict):
    """Take the handle of the refused log-in, and a code of the authenticator or a recovery code."""

    handle: Token
    code: Code


class LoginCodeIn(Strict):
    """Take to whom a code shall be sent, and where."""

    identifier: Identifier
    channels: list[Literal["email", "sms"]] = Field(
        default=["email", "sms"], min_length=1, max_length=2
    )


class CodeIn(Strict):
    """Take the handle of a question and the code that answers it."""

    handle: Token
    code: Code


class PasskeyAnswerIn(Strict):
    """Take what the browser's ``PublicKeyCredential.toJSON()`` gave."""

    handle: Token
    credential: dict[str, Any] = Field(max_length=16)


class NewPasskeyIn(PasskeyAnswerIn):
    """Take the new passkey and how it shall be called."""

    name: Annotated[Text, Field(min_length=1, max_length=60)]


class ResetIn(Strict):
    """Take who forgot the password."""

    identifier: Identifier


class ResetConfirmIn(Strict):
    """Take the token of the letter and the password chosen."""

    token: Token
    password: Password


class TokenIn(Strict):
    """Take the token of a letter."""

    token: Token


class StepUpIn(Strict):
    """Take a proof: the password, an authenticator's code, or a code that was sent, with its handle."""

    password: Password | None = None
    code: Code | None = None
    handle: Token | None = None


class ConfirmTotpIn(Strict):
    """Take the first code of the new authenticator."""

    code: Code


class EmailIn(Strict):
    """Take the new e-mail."""

    email: Annotated[Text, Field(min_length=3, max_length=320)]


class PhoneIn(Strict):
    """Take the new telephone."""

    phone: Annotated[Text, Field(min_length=3, max_length=32)]


class ChangeConfirmIn(Strict):
    """Take the code that reached the new address and the one that reached the old."""

    handle: Token
    code: Code = Field(description="Reached the new address.")
    old_code: Annotated[Text, Field(max_length=16)] = Field(
        default="", description="Reached the old address, where there was one."
    )


class InvitationIn(Strict):
    """Take who is invited, as what."""

    email: Annotated[Text, Field(min_length=3, max_length=320)]
    role: MemberRole
    permissions: list[Annotated[Text, Field(max_length=100)]] = Field(default=[], max_length=100)


class PartyIn(Strict):
    """Take a corporate or bank, and the e-mail of who shall head it."""

    kind: Literal["corporate", "bank"]
    name: Annotated[Text, Field(min_length=1, max_length=200)]
    url: Annotated[Text, Field(max_length=500)] = ""
    administrator_email: Annotated[Text, Field(min_length=3, max_length=320)]


class AcceptInvitationIn(Strict):
    """Take the token of the invitation and what the invited person chose."""

    token: Token
    password: Password
    first_name: Name = ""
    last_name: Name = ""


class ResetReasonIn(Strict):
    """Take why."""

    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class AskedOut(Strict):
    """Show the handle to send back with the code."""

    handle: str
    expires_at: datetime

    @classmethod
    def of(cls, asked: Asked) -> Self:
        """Show the handle."""
        return cls(handle=asked.handle, expires_at=asked.expires_at)


class TotpOut(Strict):
    """Show the seed of a new authenticator, as text, address and picture."""

    secret: str
    otpauth_uri: str
    qr_svg: str
    expires_at: datetime

    @classmethod
    def of(cls, offer: TotpOffer) -> Self:
        """Show the seed, this once."""
        return cls(
            secret=offer.secret,
            otpauth_uri=offer.uri,
            qr_svg=offer.svg,
            expires_at=offer.expires_at,
        )


class RecoveryCodesOut(Strict):
    """Show recovery codes, this once."""

    recovery_codes: list[str]


class PasskeyOptionsOut(Strict):
    """Show what the browser asks the authenticator (``navigator.credentials``)."""

    handle: str
    options: dict[str, Any]
    expires_at: datetime

    @classmethod
    def of(cls, asked: PasskeyOptions) -> Self:
        """Show the options."""
        return cls(handle=asked.handle, options=dict(asked.options), expires_at=asked.expires_at)


class PasskeyOut(Strict):
    """Show a passkey."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, passkey: Passkey) -> Self:
        """Show a passkey."""
        return cls(
            id=passkey.id,
            name=passkey.name,
            created_at=passkey.created_at,
            last_used_at=passkey.last_used_at,
        )


class FactorsOut(Strict):
    """Show which second factors a person has."""

    totp: bool
    recovery_codes_left: int
    passkeys: list[PasskeyOut]

    @classmethod
    def of(cls, factors: Factors) -> Self:
        """Show the factors."""
        return cls(
            totp=factors.has_totp,
            recovery_codes_left=factors.recovery_codes_left,
            passkeys=[PasskeyOut.of(passkey) for passkey in factors.passkeys],
        )


class InvitationOut(Strict):
    """Show who is invited, as what."""

    id: InvitationWireId
    email: str
    role: MemberRole
    permissions: list[str]
    expires_at: datetime

    @classmethod
    def of(cls, invitation: Invitation) -> Self:
        """Show an invitation, without its link."""
        return cls(
            id=invitation.id,
            email=invitation.email,
            role=invitation.role,
            permissions=sorted(invitation.permissions),
            expires_at=invitation.expires_at,
        )


class InvitationsOut(Strict):
    """Show open invitations, oldest first."""

    items: list[InvitationOut]


class FactorResetOut(Strict):
    """Show how far the reset of a lost second factor has come."""

    id: ResetWireId
    user_id: UserWireId
    reason: str
    proposed_by: UserWireId
    approved_by: UserWireId | None
    due_at: datetime | None
    done_at: datetime | None
    cancelled_at: datetime | None

    @classmethod
    def of(cls, reset: FactorReset) -> Self:
        """Show a reset."""
        return cls(
            id=reset.id,
            user_id=reset.user_id,
            reason=reset.reason,
            proposed_by=reset.proposed_by,
            approved_by=reset.approved_by,
            due_at=reset.due_at,
            done_at=reset.done_at,
            cancelled_at=reset.cancelled_at,
        )


class FactorResetsOut(Strict):
    """Show resets that are under way, oldest first."""

    items: list[FactorResetOut]
