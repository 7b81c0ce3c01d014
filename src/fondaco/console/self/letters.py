"""The pages to which our letters lead: each takes the letter's code, which works once.

The code stands behind the ``#`` of a letter's link, which no server and no log ever sees; a script moves it
into the form. Without scripts it is pasted there.
"""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy as said

from fondaco.console import visits
from fondaco.console.forms import Asking
from fondaco.console.pages import Answer, GoTo, Page, open_page
from fondaco.console.self.browsing import did
from fondaco.console.self.joining import after, new_password
from fondaco.console.ways import wanted
from fondaco.credentials.actions import contacts, forgotten, invitations
from fondaco.credentials.actions.invitations import Acceptance
from fondaco.credentials.shapes import origin_of
from fondaco.identity.identifiers import spelled
from fondaco.kit.django.api import attempts
from fondaco.wallets.actions.signup import confirm_sign_up
from fondaco.wallets.types import SignedUp


class TokenForm(Asking):
    """Take a letter's code."""

    token = forms.CharField(
        label=said("Code from our letter"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )


class PasswordForm(TokenForm):
    """Take a letter's code and the password chosen."""

    password = new_password(said("New password"))


class AcceptForm(TokenForm):
    """Take a letter's code and who accepts."""

    first_name = forms.CharField(
        label=said("First name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = forms.CharField(
        label=said("Last name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    password = new_password(said("Choose a password"))


class ForgottenForm(Asking):
    """Take who forgot the password."""

    identifier = forms.CharField(
        label=said("E-mail, telephone or user name"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )


@open_page(methods="GET HEAD POST")
def confirm_registration(request: HttpRequest) -> Answer:
    """Complete a registration by the letter's code, and come in."""
    form = TokenForm(request.POST or None)
    made: list[SignedUp] = []

    def act() -> None:
        token = form.cleaned_data["token"].strip()
        attempts.count(request, "register-confirm", token)
        made.append(confirm_sign_up(token=token, origin=origin_of(request)))

    if did(request, form, act):
        return after(request, made[0], to=f"{reverse('console:home')}?done=welcome")
    return _page(request, form, gettext("Confirm your registration"), "confirm_registration.html")


@open_page(methods="GET HEAD POST")
def verify_email(request: HttpRequest) -> Answer:
    """Prove one's e-mail by the letter's code; nobody need be logged in."""
    form = TokenForm(request.POST or None)

    def act() -> None:
        token = form.cleaned_data["token"].strip()
        attempts.count(request, "email-verify", token)
        contacts.verify_email(token=token)

    if did(request, form, act):
        inside = visits.find_visitor(request) is not None
        return GoTo(reverse("console:home" if inside else "console:login") + "?done=verified")
    return _page(request, form, gettext("Confirm your e-mail"), "verify_email.html")


@open_page(methods="GET HEAD POST")
def forget_password(request: HttpRequest) -> Answer:
    """Have a letter sent by which another password is chosen; the answer is the same for everybody."""
    form = ForgottenForm(request.POST or None)

    def act() -> None:
        named = form.cleaned_data["identifier"]
        attempts.count(request, "password-reset", spelled(named))
        forgotten.ask_reset(identifier=named)

    if did(request, form, act):
        return GoTo(f"{reverse('console:reset-password')}?sent=1")
    return _page(request, form, gettext("Forgotten password"), "forgotten.html")


@open_page(methods="GET HEAD POST")
def reset_password(request: HttpRequest) -> Answer:
    """Choose another password by the letter's code."""
    form = PasswordForm(request.POST or None)

    def act() -> None:
        token = form.cleaned_data["token"].strip()
        attempts.count(request, "password-reset-confirm", token)
        forgotten.reset_password(token=token, password=form.cleaned_data["password"])

    if did(request, form, act):
        return GoTo(f"{reverse('console:login')}?done=reset")
    return _page(request, form, gettext("Choose another password"), "reset_password.html")


@open_page(methods="GET HEAD POST")
def accept_invitation(request: HttpRequest) -> Answer:
    """Accept to act for a customer, and choose one's password."""
    form = AcceptForm(request.POST or None)

    def act() -> None:
        given = form.cleaned_data
        token = given["token"].strip()
        attempts.count(request, "accept-invitation", token)
        invitations.accept(
            acceptance=Acceptance(
                token=token,
                password=given["password"],
                first_name=given["first_name"],
                last_name=given["last_name"],
            )
        )

    if did(request, form, act):
        return GoTo(f"{reverse('console:login')}?done=accepted")
    return _page(request, form, gettext("Accept an invitation"), "accept_invitation.html")


def _page(request: HttpRequest, form: Asking, title: str, template: str) -> Page:
    shown: dict[str, Any] = {
        "title": title,
        "form": form,
        "sent": "sent" in request.GET,
        "next": wanted(request),
    }
    return Page(f"self/{template}", shown, 422 if form.is_bound else 200)
