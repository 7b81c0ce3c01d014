"""Come in and leave: password, second factor, log out."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from fondaco.console import visits
from fondaco.console.pages import SEE_OTHER, Answer, Page, open_page
from fondaco.credentials.actions import login as actions
from fondaco.credentials.errors import SecondFactorRequired
from fondaco.credentials.shapes import origin_of
from fondaco.identity.identifiers import spelled
from fondaco.identity.types import SignedIn
from fondaco.kit.django.api import attempts
from fondaco.kit.errors import DomainError

PASSWORD_MAX = 1024


class LoginForm(forms.Form):
    """Take identifier and password."""

    identifier = forms.CharField(
        label="E-mail, telephone or user name",
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label="Password",
        max_length=PASSWORD_MAX,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class FactorForm(forms.Form):
    """Take a code of the authenticator, or a recovery code."""

    handle = forms.CharField(max_length=200, widget=forms.HiddenInput)
    code = forms.CharField(
        label="Code of your authenticator, or a recovery code",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "text"}),
    )


@open_page(methods="GET HEAD POST")
def login(request: HttpRequest) -> Answer:
    """Log in by password; where a second factor is set up, its page follows."""
    if visits.find_visitor(request) is not None:
        return _sent_home(request)
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
            handle = str(awaited.facts.get("handle", ""))
            return _factor_page(request, FactorForm(initial={"handle": handle}))
        except DomainError as refusal:
            form.add_error(None, refusal.detail)
        else:
            return _let_in(request, signed_in)
    return _page("self/login.html", request, form, title="Log in")


@open_page(methods="POST")
def answer_factor(request: HttpRequest) -> Answer:
    """Complete a log-in by the second factor."""
    form = FactorForm(request.POST)
    if form.is_valid():
        handle = form.cleaned_data["handle"]
        try:
            attempts.count(request, "second-factor", handle)
            signed_in = actions.answer_second_factor(
                handle=handle, code=form.cleaned_data["code"], origin=origin_of(request)
            )
        except DomainError as refusal:
            form.add_error("code", refusal.detail)
        else:
            return _let_in(request, signed_in)
    return _factor_page(request, form)


@open_page(methods="POST")
def logout(request: HttpRequest) -> Answer:
    """End the session and forget the browser."""
    response = HttpResponseRedirect(reverse("console:login"))
    response.status_code = SEE_OTHER
    visits.end(request, response)
    return response


def _let_in(request: HttpRequest, signed_in: SignedIn) -> HttpResponse:
    response = _sent_home(request)
    visits.begin(response, session_id=signed_in.session_id)
    return response


def _sent_home(request: HttpRequest) -> HttpResponse:
    response = HttpResponseRedirect(_wanted(request) or reverse("console:home"))
    response.status_code = SEE_OTHER
    return response


def _wanted(request: HttpRequest) -> str:
    """Give the page that somebody was on the way to; none where it is not ours."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(url, allowed_hosts=None) and url.startswith("/")
    return url if ours else ""


def _factor_page(request: HttpRequest, form: FactorForm) -> Page:
    return _page("self/factor.html", request, form, title="Second factor")


def _page(template: str, request: HttpRequest, form: forms.Form, **shown: Any) -> Page:
    return Page(
        template,
        {"form": form, "next": _wanted(request), **shown},
        422 if form.is_bound and form.errors else 200,
    )
