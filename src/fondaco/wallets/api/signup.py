"""``/auth/register``: become a customer with a first wallet."""

from typing import Annotated, Literal

from django.http import HttpRequest
from pydantic import Field

from fondaco.identity.errors import IdentifierTaken
from fondaco.identity.passwords import CHARACTERS_MAX, WeakPassword
from fondaco.identity.states import CustomerKind
from fondaco.identity.types import NewCustomer, Origin
from fondaco.kit.django.api import attempts
from fondaco.kit.django.api.addresses import client_address
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, Text
from fondaco.wallets.actions.signup import sign_up
from fondaco.wallets.api.fields import CustomerWireId
from fondaco.wallets.api.wallets import WalletOut
from fondaco.wallets.types import SignedUp

router = Router(tags=["auth"])

Name = Annotated[Text, Field(min_length=1, max_length=100)]


class RegisterIn(Strict):
    """Take a new customer with at least one of e-mail, phone and user name."""

    kind: Literal["client", "company"]
    password: Annotated[Text, Field(max_length=CHARACTERS_MAX)]
    first_name: Name
    last_name: Name
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


@router.post("/register", auth=None, status=201, errors=(IdentifierTaken, WeakPassword))
def register(request: HttpRequest, body: RegisterIn) -> RegisteredOut:
    """Become a client or a company; the first wallet comes with it."""
    named = body.email or body.phone or body.username or ""
    attempts.count(request, "register", named)
    origin = Origin(address=client_address(request), agent=request.META.get("HTTP_USER_AGENT", ""))
    return RegisteredOut.of(sign_up(ask=body.to_ask(), origin=origin))
