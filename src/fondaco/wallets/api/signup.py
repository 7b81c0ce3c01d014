"""``/auth/register``: become a customer with a first wallet."""

from http import HTTPStatus
from typing import Annotated, Final, Literal

from django.http import HttpRequest, HttpResponse, JsonResponse
from pydantic import Field

from fondaco.credentials import telegram
from fondaco.credentials.actions import registration, telegrams
from fondaco.credentials.actions.login import login_by_telegram
from fondaco.credentials.errors import (
    LinkRefused,
    SecondFactorRequired,
    TelegramMissing,
    TelegramRefused,
    TelegramUnavailable,
    WrongCode,
)
from fondaco.credentials.shapes import SignedInOut, TelegramBackIn, TelegramIn, origin_of
from fondaco.credentials.types import TelegramLogin
from fondaco.identity.errors import CustomerDisabled, IdentifierTaken
from fondaco.identity.identifiers import spelled
from fondaco.identity.passwords import CHARACTERS_MAX, WeakPassword
from fondaco.identity.states import CustomerKind
from fondaco.identity.types import NewCustomer
from fondaco.kit.django.api import attempts
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, Text
from fondaco.wallets.actions.signup import confirm_sign_up, sign_up, sign_up_by_telegram
from fondaco.wallets.api.fields import CustomerWireId
from fondaco.wallets.api.wallets import WalletOut
from fondaco.wallets.types import SignedUp

router = Router(tags=["auth"])

Name = Annotated[Text, Field(max_length=100)]


class RegisterIn(Strict):
    """Take a new customer with at least one of e-mail, phone and user name."""

    kind: Literal["client", "company"]
    password: Annotated[Text, Field(max_length=CHARACTERS_MAX)]
    first_name: Name = ""
    last_name: Name = ""
    email: Annotated[Text, Field(max_length=320)] | None = None
    phone: Annotated[Text, Field(max_length=32, examples=["+34666666666"])] | None = None
    username: Annotated[Text, Field(max_length=32)] | None = None
    name: Annotated[Text, Field(max_length=200, description="A company's name.")] | None = None
    url: Annotated[Text, Field(max_length=500, description="A company's site.")] | None = None

    def to_ask(self) -> NewCustomer:
        """Give what is asked."""
        return NewCustomer(
            kind=CustomerKind(self.kind),
            password=self.password,
            first_name=self.first_name,
            last_name=self.last_name,
            email=self.email,
            phone=self.phone,
            username=self.username,
            name=self.name,
            url=self.url,
        )


class RegisteredOut(Strict):
    """Show the new customer's session and first wallet."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme's name
    expires_in: int = Field(description="Life of the access token in seconds.")
    customer_id: CustomerWireId
    wallet: WalletOut

    @classmethod
    def of(cls, signed_up: SignedUp) -> "RegisteredOut":
        """Show what was made."""
        return cls.model_construct(
            access_token=signed_up.session.access_token,
            refresh_token=signed_up.session.refresh_token,
            expires_in=signed_up.session.expires_in_s,
            customer_id=signed_up.registered.customer.id,
            wallet=WalletOut.of(signed_up.wallet),
        )


class RegistrationConfirmIn(Strict):
    """Take the token of the letter, or the handle with the code that reached the telephone."""

    token: Annotated[Text, Field(min_length=1, max_length=100)]
    code: Annotated[Text, Field(max_length=16)] = ""


_BY_TELEGRAM: Final = (TelegramRefused, IdentifierTaken, CustomerDisabled, SecondFactorRequired)


@router.post("/register", auth=None, status=201, errors=(IdentifierTaken, WeakPassword))
def register(request: HttpRequest, body: RegisterIn) -> RegisteredOut | HttpResponse:
    """Become a client or a company; the first wallet comes with it.

    Where addresses are proved first, as in live tenants, the answer is 202 with a `handle`, the same whether
    or not somebody has the identifiers; `POST /auth/register/confirm` goes on.
    """
    named = body.email or body.phone or body.username or ""
    attempts.count(request, "register", spelled(named))
    if registration.must_prove_first():
        asked = registration.ask_registration(ask=body.to_ask())
        told = {"handle": asked.handle, "expires_at": asked.expires_at}
        return JsonResponse(told, status=HTTPStatus.ACCEPTED)
    return RegisteredOut.of(sign_up(ask=body.to_ask(), origin=origin_of(request)))


@router.post(
    "/register/confirm", auth=None, status=201, errors=(IdentifierTaken, LinkRefused, WrongCode)
)
def confirm_registration(request: HttpRequest, body: RegistrationConfirmIn) -> RegisteredOut:
    """Complete a registration by the letter's token, or by the handle and the code sent to the telephone."""
    attempts.count(request, "register-confirm", body.token)
    done = confirm_sign_up(token=body.token, code=body.code, origin=origin_of(request))
    return RegisteredOut.of(done)


@router.post("/telegram", auth=None, errors=_BY_TELEGRAM)
def enter_by_telegram(request: HttpRequest, body: TelegramIn) -> SignedInOut:
    """Log in by Telegram; whom nobody knows yet becomes a client with a first wallet."""
    attempts.count(request, "telegram", "")
    return _enter(request, telegram.read(body.fields))


@router.post(
    "/telegram/authorization/confirm",
    auth=None,
    errors=(*_BY_TELEGRAM, TelegramMissing, TelegramUnavailable),
)
def enter_from_telegram(request: HttpRequest, body: TelegramBackIn) -> SignedInOut:
    """Log in whom Telegram's page vouches for; whom nobody knows yet becomes a client with a first wallet."""
    attempts.count(request, "telegram-back", "")
    return _enter(request, telegrams.come_back(body.to_back()))


def _enter(request: HttpRequest, signed: TelegramLogin) -> SignedInOut:
    origin = origin_of(request)
    known = login_by_telegram(signed=signed, origin=origin)
    return SignedInOut.of(known or sign_up_by_telegram(signed=signed, origin=origin).session)
