"""Sign up as a client or a company."""

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext, gettext_lazy as said

from fondaco.console import visits
from fondaco.console.forms import Asking
from fondaco.console.pages import Answer, GoTo, Page, open_page
from fondaco.console.self import languages
from fondaco.console.self.browsing import did, let_in
from fondaco.credentials.actions import registration
from fondaco.credentials.shapes import origin_of
from fondaco.identity import passwords
from fondaco.identity.identifiers import spelled
from fondaco.identity.states import CustomerKind
from fondaco.identity.types import NewCustomer
from fondaco.kit.django.api import attempts
from fondaco.wallets.actions.signup import sign_up as open_account
from fondaco.wallets.types import SignedUp

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

_NAME: Final = 100


def new_password(label: "StrPromise") -> forms.CharField:
    """Make the field in which somebody chooses a password."""
    return forms.CharField(
        label=label,
        max_length=passwords.CHARACTERS_MAX,
        strip=False,
        help_text=said(
            "At least 12 characters. A sentence that nobody else would think of is best."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class ClientForm(Asking):
    """Take who wants to hold and pay."""

    first_name = forms.CharField(
        label=said("First name"),
        max_length=_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = forms.CharField(
        label=said("Last name"),
        max_length=_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    email = forms.CharField(
        label=said("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = new_password(said("Password"))

    def to_ask(self) -> NewCustomer:
        """Give what is asked."""
        given = self.cleaned_data
        return NewCustomer(
            kind=CustomerKind.CLIENT,
            password=given["password"],
            first_name=given["first_name"],
            last_name=given["last_name"],
            email=given["email"].strip(),
        )


class CompanyForm(ClientForm):
    """Take which company wants to charge."""

    name = forms.CharField(
        label=said("Name of the company"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    url = forms.CharField(
        label=said("Web site"),
        max_length=500,
        required=False,
        widget=forms.URLInput(attrs={"autocomplete": "url", "placeholder": "https://"}),
    )
    field_order = ("name", "url", "first_name", "last_name", "email", "password")

    def to_ask(self) -> NewCustomer:
        """Give what is asked."""
        given = self.cleaned_data
        return NewCustomer(
            kind=CustomerKind.COMPANY,
            password=given["password"],
            first_name=given["first_name"],
            last_name=given["last_name"],
            email=given["email"].strip(),
            name=given["name"],
            url=given["url"] or None,
        )


@open_page(methods="GET HEAD POST")
def sign_up(request: HttpRequest) -> Answer:
    """Become a client."""
    return _joined(request, ClientForm, "client")


@open_page(methods="GET HEAD POST")
def sign_up_company(request: HttpRequest) -> Answer:
    """Become a company."""
    return _joined(request, CompanyForm, "company")


def after(request: HttpRequest, signed_up: SignedUp, *, to: str) -> Answer:
    """Let in whom a registration made, in the language in which he read the page."""
    user = signed_up.registered.user
    languages.remember(user, get_language() or "en", by=user.actor)
    return let_in(request, signed_up.session, to=to)


def _joined(request: HttpRequest, wanted: type[ClientForm], kind: str) -> Answer:
    if visits.find_visitor(request) is not None:
        return GoTo(reverse("console:home"))
    form = wanted(request.POST or None)
    made: list[SignedUp | None] = []
    if did(request, form, lambda: made.append(_ask(request, form))):
        return _went_on(request, made[0])
    shown: dict[str, Any] = {"title": gettext("Open an account"), "form": form, "kind": kind}
    return Page("self/sign_up.html", shown, 422 if form.is_bound else 200)


def _ask(request: HttpRequest, form: ClientForm) -> SignedUp | None:
    """Register at once where the house allows it; else send the letter that completes the registration."""
    ask = form.to_ask()
    attempts.count(request, "register", spelled(ask.email or ""))
    if registration.must_prove_first():
        registration.ask_registration(ask=ask)
        return None
    return open_account(ask=ask, origin=origin_of(request))


def _went_on(request: HttpRequest, made: SignedUp | None) -> Answer:
    if made is None:
        return GoTo(f"{reverse('console:confirm-registration')}?sent=1")
    return after(request, made, to=f"{reverse('console:verify-email')}?sent=1")
