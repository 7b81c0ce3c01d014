"""Come in and leave: by password, by a code that is sent, by passkey, with a second factor."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy as said

from fondaco.console import visits
from fondaco.console.pages import Answer, GoTo, Page, open_page
from fondaco.console.self.browsing import let_in, sent
from fondaco.console.self.factors import read_credential
from fondaco.console.ways import wanted
from fondaco.credentials.actions import login as actions
from fondaco.credentials.errors import SecondFactorRequired
from fondaco.credentials.shapes import origin_of
from fondaco.identity.identifiers import spelled
from fondaco.kit.django.api import attempts
from fondaco.kit.errors import DomainError, InvalidField

PASSWORD_MAX: Final = 1024
_CREDENTIAL_CHARACTERS_MAX: Final = 20_000
_BOTH: Final = ("email", "sms")


class IdentifierForm(forms.Form):
    """Take who says to be whom."""

    identifier = forms.CharField(
        label=said("E-mail, telephone or user name"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )


class LoginForm(IdentifierForm):
    """Take identifier and password."""

    password = forms.CharField(
        label=said("Password"),
        max_length=PASSWORD_MAX,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class FactorForm(forms.Form):
    """Take a code of the authenticator, or a recovery code."""

    handle = forms.CharField(max_length=200, widget=forms.HiddenInput)
    code = forms.CharField(
        label=said("Code of your authenticator, or a recovery code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "text"}),
    )


class SentCodeForm(forms.Form):
    """Take the code that was sent to log in with."""

    handle = forms.CharField(max_length=200, widget=forms.HiddenInput)
    code = forms.CharField(
        label=said("Six digits from our message"),
        max_length=16,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class PasskeyForm(forms.Form):
    """Take what the browser made of a passkey."""

    handle = forms.CharField(max_length=100)
    credential = forms.CharField(max_length=_CREDENTIAL_CHARACTERS_MAX)


@open_page(methods="GET HEAD POST")
def login(request: HttpRequest) -> Answer:
    """Log in by password; where a second factor is set up, its page follows."""
    if visits.find_visitor(request) is not None:
        return GoTo(wanted(request) or reverse("console:home"))
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        named = form.cleaned_data["identifier"]
        try:
            attempts.count(request, "login", spelled(named))
            signed_in = actions.login(
                identifier=named,
                password=form.cleaned_data["password"],
                origin=origin_of(request),
            )
        except SecondFactorRequired as awaited:
            return _awaited(request, awaited)
        except DomainError as refusal:
            form.add_error(None, gettext(refusal.detail))
        else:
            return let_in(request, signed_in)
    return _login_page(request, form)


@open_page(methods="POST")
def answer_factor(request: HttpRequest) -> Answer:
    """Complete a log-in by the second factor."""
    form = FactorForm(request.POST)
    if form.is_valid():
        handle = form.cleaned_data["handle"]
        try:
            attempts.count(request, "second-factor", handle)
            signed_in = actions.answer_second_factor(
                handle=handle, code=form.cleaned_data["code"].strip(), origin=origin_of(request)
            )
        except DomainError as refusal:
            form.add_error("code", gettext(refusal.detail))
        else:
            return let_in(request, signed_in)
    return _factor_page(request, form)


@open_page(methods="GET HEAD POST")
def ask_code(request: HttpRequest) -> Answer:
    """Have a code sent to log in with; the answer is the same for an identifier that nobody has."""
    form = IdentifierForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        named = form.cleaned_data["identifier"]
        try:
            attempts.count(request, "login-code", spelled(named))
            asked = actions.ask_login_code(identifier=named, channels=_BOTH)
        except DomainError as refusal:
            form.add_error(None, gettext(refusal.detail))
        else:
            return _code_page(request, SentCodeForm(initial={"handle": asked.handle}))
    return _page("login_code.html", request, form, title=gettext("Log in by a code"))


@open_page(methods="POST")
def login_by_code(request: HttpRequest) -> Answer:
    """Log in by the code that was sent."""
    form = SentCodeForm(request.POST)
    if form.is_valid():
        handle = form.cleaned_data["handle"]
        try:
            attempts.count(request, "login-code-confirm", handle)
            signed_in = actions.login_by_code(
                handle=handle, code=form.cleaned_data["code"].strip(), origin=origin_of(request)
            )
        except SecondFactorRequired as awaited:
            return _awaited(request, awaited)
        except DomainError as refusal:
            form.add_error("code", gettext(refusal.detail))
        else:
            return let_in(request, signed_in)
    return _code_page(request, form)


@open_page(methods="POST")
def passkey_options(request: HttpRequest) -> HttpResponse:
    """Give the script of the page what the browser asks any passkey of this house."""
    attempts.count(request, "passkey", "")
    offer = actions.ask_passkey()
    return JsonResponse({"handle": offer.handle, "options": offer.options})


@open_page(methods="POST")
def login_by_passkey(request: HttpRequest) -> Answer:
    """Log in by a passkey; it needs neither password nor second factor."""
    given, form = PasskeyForm(request.POST), LoginForm()
    try:
        if not given.is_valid():
            raise InvalidField(gettext("Your browser gave no passkey. Try again."))
        handle = given.cleaned_data["handle"]
        attempts.count(request, "passkey-answer", handle)
        signed_in = actions.login_by_passkey(
            handle=handle,
            answer=read_credential(given.cleaned_data["credential"]),
            origin=origin_of(request),
        )
    except DomainError as refusal:
        return _login_page(request, form, refusal=gettext(refusal.detail))
    return let_in(request, signed_in)


@open_page(methods="POST")
def logout(request: HttpRequest) -> Answer:
    """End the session and forget the browser."""
    response = sent(reverse("console:login"))
    visits.end(request, response)
    return response


def _awaited(request: HttpRequest, awaited: SecondFactorRequired) -> Page:
    form = FactorForm(initial={"handle": str(awaited.facts.get("handle", ""))})
    methods = awaited.facts.get("methods", [])
    return _factor_page(request, form, takes_codes="totp" in methods, passkeys="passkey" in methods)


def _login_page(request: HttpRequest, form: forms.Form, *, refusal: str = "") -> Page:
    page = _page(
        "login.html",
        request,
        form,
        title=gettext("Log in"),
        refusal=refusal,
        done=request.GET.get("done"),
    )
    return Page(page.template, page.shown, 422) if refusal else page


def _factor_page(
    request: HttpRequest, form: FactorForm, *, takes_codes: bool = True, passkeys: bool = False
) -> Page:
    return _page(
        "factor.html",
        request,
        form,
        title=gettext("Second factor"),
        takes_codes=takes_codes,
        passkeys=passkeys,
    )


def _code_page(request: HttpRequest, form: SentCodeForm) -> Page:
    return _page("sent_code.html", request, form, title=gettext("Log in by a code"))


def _page(template: str, request: HttpRequest, form: forms.Form, **shown: Any) -> Page:
    return Page(
        f"self/{template}",
        {"form": form, "next": wanted(request), **shown},
        422 if form.is_bound and form.errors else 200,
    )
