"""Prove anew that it is oneself, before something dangerous."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy as said

from fondaco.console.forms import Asking
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.console.self.browsing import did
from fondaco.console.ways import wanted
from fondaco.credentials import queries
from fondaco.credentials.actions import stepup
from fondaco.credentials.actions.stepup import Proof
from fondaco.identity import passwords, queries as people
from fondaco.identity.errors import StepUpRequired
from fondaco.kit.access import Principal
from fondaco.kit.django.api import attempts


class PasswordForm(Asking):
    """Take the password."""

    password = forms.CharField(
        label=said("Your password"),
        max_length=passwords.CHARACTERS_MAX,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(Asking):
    """Take a code of the authenticator, or one that was sent."""

    handle = forms.CharField(max_length=100, required=False, widget=forms.HiddenInput)
    code = forms.CharField(
        label=said("Code"),
        max_length=16,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "text"}),
    )


@page(methods="GET HEAD POST")
def step_up(request: HttpRequest, visitor: Principal) -> Answer:
    """Prove oneself by the authenticator where there is one, else by the password or a code that was sent."""
    by_app = _by_app(visitor)
    by_code = by_app or "code" in request.POST
    form = CodeForm(request.POST or None) if by_code else PasswordForm(request.POST or None)
    if did(request, form, lambda: _prove(request, visitor, form.cleaned_data)):
        return GoTo(wanted(request) or reverse("console:security"))
    return _page(request, visitor, form, by_app=by_app)


@page(methods="POST")
def send_code(request: HttpRequest, visitor: Principal) -> Answer:
    """Have a code sent to prove oneself with."""
    attempts.count(request, "step-up-code", str(visitor.user_id))
    asked = stepup.ask_step_up_code(user_id=visitor.user_id)
    form = CodeForm(initial={"handle": asked.handle})
    return _page(request, visitor, form, by_app=_by_app(visitor), is_sent=True)


def _prove(request: HttpRequest, visitor: Principal, given: dict[str, Any]) -> None:
    if visitor.session_id is None:
        raise StepUpRequired
    attempts.count(request, "step-up", str(visitor.user_id))
    proof = Proof(
        password=given.get("password"),
        code=given.get("code"),
        handle=given.get("handle") or None,
    )
    stepup.step_up(user_id=visitor.user_id, session_id=visitor.session_id, proof=proof)


def _by_app(visitor: Principal) -> bool:
    return queries.get_factors(user_id=visitor.user_id).has_totp


def _page(
    request: HttpRequest, visitor: Principal, form: Asking, *, by_app: bool, is_sent: bool = False
) -> Page:
    user = people.get_user(visitor.user_id)
    handle = form["handle"].value() if isinstance(form, CodeForm) else ""
    shown = {
        "title": gettext("Show that it is you"),
        "form": form,
        "next": wanted(request),
        "by_app": by_app,
        "by_letter": bool(handle) and not by_app,
        "is_sent": is_sent,
        "may_send": not by_app and bool(user.email_verified_at or user.phone_verified_at),
    }
    return Page("self/step_up.html", shown, 422 if form.is_bound and form.errors else 200)
