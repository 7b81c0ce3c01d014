"""What identity refuses.

DomainError
├── Unauthenticated ── WrongCredentials · TokenExpired · SessionIsOver · RefreshRefused · SetUpRefused
├── CustomerDisabled    right password, but shut out
├── IdentifierTaken     at registration
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
