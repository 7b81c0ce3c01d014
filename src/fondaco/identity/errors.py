"""What identity refuses.

DomainError
├── Unauthenticated ── WrongCredentials · TokenExpired · SessionIsOver · RefreshRefused · SetUpRefused
├── CustomerDisabled    right password, but shut out
├── IdentifierTaken     at registration
├── StepUpRequired      logged in, but too long ago for this
├── MoneyHeld           contact details changed a short while ago
├── LastOwner · LastIdentifier
└── WeakPassword        (in ``passwords``)
"""

from fondaco.kit.errors import DomainError, Kind, Unauthenticated


class WrongCredentials(Unauthenticated):
    """Say that nobody has this identifier and password; never which of the two is wrong."""

    code = "wrong_credentials"
    title = "Nobody has this identifier and password."


class TokenExpired(Unauthenticated):
    """Say that the access token is past its time; the refresh token gets another."""

    code = "token_expired"
    title = "The access token has expired."


class SessionIsOver(Unauthenticated):
    """Say that the session of the token was ended."""

    code = "session_ended"
    title = "This session is over. Log in again."


class RefreshRefused(Unauthenticated):
    """Say that a refresh token is unknown, expired, spent or its session over; never which."""

    code = "refresh_refused"
    title = "This refresh token gets nothing. Log in again."


class CustomerDisabled(DomainError):
    """Say, to one who proved the password, that the house has shut him out."""

    code = "customer_disabled"
    kind = Kind.FORBIDDEN
    title = "This customer is disabled. The money is kept; ask the operator."


class IdentifierTaken(DomainError):
    """Say that one of the identifiers belongs to a user already; never which."""

    code = "identifier_taken"
    kind = Kind.CONFLICT
    title = "Somebody is registered with this e-mail, telephone or user name."


class SetUpRefused(Unauthenticated):
    """Say that a set-up token is unknown, used or past its time; never which."""

    code = "set_up_refused"
    title = "This set-up link is not valid any more. Ask for another."


class PasswordIsWrong(DomainError):
    """Say, to one who is logged in, that the present password is another."""

    code = "password_wrong"
    kind = Kind.FORBIDDEN
    title = "This is not your present password."


class StepUpRequired(DomainError):
    """Say that this step wants a recent proof of who is at the device."""

    code = "step_up_required"
    kind = Kind.FORBIDDEN
    title = "Prove again that it is you: POST /me/step-up."


class MoneyHeld(DomainError):
    """Say that nothing leaves for a day after somebody changed how he is reached."""

    code = "money_held"
    kind = Kind.CONFLICT
    title = "An e-mail or telephone changed a short while ago; money leaves again after a day."


class LastOwner(DomainError):
    """Say that a customer without anybody in charge would be left."""

    code = "last_owner"
    kind = Kind.CONFLICT
    title = "Somebody must stay in charge: appoint another first."


class LastIdentifier(DomainError):
    """Say that a person whom nothing identifies would be left."""

    code = "last_identifier"
    kind = Kind.CONFLICT
    title = "You could not log in any more. Add another way first."


class GroupNameTaken(DomainError):
    """Say that there is a group of this name."""

    code = "group_name_taken"
    kind = Kind.CONFLICT
    title = "There is a group of this name."
