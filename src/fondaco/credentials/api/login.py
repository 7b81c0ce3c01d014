"""``/auth``: come in, by password, code, passkey or link."""

from django.http import HttpRequest

from fondaco.credentials.actions import contacts, forgotten, login as actions, telegrams
from fondaco.credentials.api.shapes import (
    AskedOut,
    CodeIn,
    LoginCodeIn,
    LoginIn,
    PasskeyAnswerIn,
    PasskeyOptionsOut,
    ResetConfirmIn,
    ResetIn,
    SecondFactorIn,
    TokenIn,
)
from fondaco.credentials.errors import (
    LinkRefused,
    LoginLocked,
    PasskeyRefused,
    SecondFactorRequired,
    TelegramMissing,
    WrongCode,
)
from fondaco.credentials.shapes import SignedInOut, TelegramPageOut, origin_of
from fondaco.identity.errors import CustomerDisabled, WrongCredentials
from fondaco.identity.identifiers import spelled
from fondaco.identity.passwords import WeakPassword
from fondaco.kit.django.api import attempts
from fondaco.kit.django.api.router import Router

router = Router(tags=["auth"])


@router.post(
    "/login",
    auth=None,
    errors=(WrongCredentials, CustomerDisabled, LoginLocked, SecondFactorRequired),
)
def login(request: HttpRequest, body: LoginIn) -> SignedInOut:
    """Log in with e-mail, telephone or user name, and password.

    An unknown identifier and a wrong password give the same answer for the same work. Where a second factor
    is set up, the refusal `second_factor_required` carries a `handle` and the `methods` that answer it.
    """
    attempts.count(request, "login", spelled(body.identifier))
    return SignedInOut.of(
        actions.login(identifier=body.identifier, password=body.password, origin=origin_of(request))
    )


@router.post("/login/second-factor", auth=None, errors=(WrongCode, LoginLocked, CustomerDisabled))
def answer_second_factor(request: HttpRequest, body: SecondFactorIn) -> SignedInOut:
    """Complete a log-in by a code of the authenticator or a recovery code; each is good once."""
    attempts.count(request, "second-factor", body.handle)
    return SignedInOut.of(
        actions.answer_second_factor(handle=body.handle, code=body.code, origin=origin_of(request))
    )


@router.post("/login-code", auth=None, errors=(LoginLocked,))
def ask_login_code(request: HttpRequest, body: LoginCodeIn) -> AskedOut:
    """Have a six-digit code sent to one's e-mail and telephone, good for 120 seconds and five tries.

    The answer is the same for an identifier that nobody has.
    """
    attempts.count(request, "login-code", spelled(body.identifier))
    asked = actions.ask_login_code(identifier=body.identifier, channels=tuple(body.channels))
    return AskedOut.of(asked)


@router.post(
    "/login-code/confirm", auth=None, errors=(WrongCode, CustomerDisabled, SecondFactorRequired)
)
def login_by_code(request: HttpRequest, body: CodeIn) -> SignedInOut:
    """Log in by the code that was sent."""
    attempts.count(request, "login-code-confirm", body.handle)
    return SignedInOut.of(
        actions.login_by_code(handle=body.handle, code=body.code, origin=origin_of(request))
    )


@router.post("/passkey/options", auth=None)
def ask_passkey(request: HttpRequest) -> PasskeyOptionsOut:
    """Begin to log in by a passkey: give what the browser asks it."""
    attempts.count(request, "passkey", "")
    return PasskeyOptionsOut.of(actions.ask_passkey())


@router.post("/passkey", auth=None, errors=(PasskeyRefused, CustomerDisabled))
def login_by_passkey(request: HttpRequest, body: PasskeyAnswerIn) -> SignedInOut:
    """Log in by a passkey; it needs neither password nor second factor."""
    attempts.count(request, "passkey-answer", body.handle)
    return SignedInOut.of(
        actions.login_by_passkey(
            handle=body.handle, answer=body.credential, origin=origin_of(request)
        )
    )


@router.post("/telegram/authorization", auth=None, errors=(TelegramMissing,))
def begin_at_telegram(request: HttpRequest) -> TelegramPageOut:
    """Begin to log in by Telegram's OpenID Connect: give the page to which the person goes.

    The handle stays with who asked: it is not in the address and comes back with `state` and `code`.
    """
    attempts.count(request, "telegram-page", "")
    return TelegramPageOut.of(telegrams.send_to_page())


@router.post("/password-reset", auth=None)
def ask_reset(request: HttpRequest, body: ResetIn) -> None:
    """Have a link sent to choose another password within an hour; the answer is always the same."""
    attempts.count(request, "password-reset", spelled(body.identifier))
    forgotten.ask_reset(identifier=body.identifier)


@router.post("/password-reset/confirm", auth=None, errors=(LinkRefused, WeakPassword))
def reset_password(request: HttpRequest, body: ResetConfirmIn) -> None:
    """Choose another password by the letter's token; it works once, and all devices leave."""
    attempts.count(request, "password-reset-confirm", body.token)
    forgotten.reset_password(token=body.token, password=body.password)


@router.post("/email/verify", auth=None, errors=(LinkRefused,))
def verify_email(request: HttpRequest, body: TokenIn) -> None:
    """Prove one's e-mail by the letter's token, good for a day; nobody need be logged in."""
    attempts.count(request, "email-verify", body.token)
    contacts.verify_email(token=body.token)
