"""One's second factors: the authenticator, its recovery codes, and passkeys."""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy as said

from fondaco.console.forms import Asking
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.console.self.browsing import did
from fondaco.console.self.security import check_proved, check_proved_to_post
from fondaco.credentials import factors as seeds, queries
from fondaco.credentials.actions import factors as actions
from fondaco.credentials.errors import FactorPresent
from fondaco.kit.access import Principal
from fondaco.kit.django.api import attempts
from fondaco.kit.errors import InvalidField

_CREDENTIAL_CHARACTERS_MAX: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Offer:
    """Hold a seed as text and as a picture."""

    secret: str = field(repr=False)
    svg: str = field(repr=False)


class FirstCodeForm(Asking):
    """Take the first code of a new authenticator, with the seed that was offered for it."""

    secret = forms.RegexField(r"^[A-Z2-7]{16,64}$", widget=forms.HiddenInput)
    code = forms.CharField(
        label=said("The six digits that your app shows now"),
        max_length=16,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class PasskeyForm(Asking):
    """Take a new passkey's name, and what the browser made of it."""

    name = forms.CharField(
        label=said("Name, such as “My telephone”"),
        max_length=60,
    )
    handle = forms.CharField(max_length=100, widget=forms.HiddenInput)
    credential = forms.CharField(max_length=_CREDENTIAL_CHARACTERS_MAX, widget=forms.HiddenInput)


@page(methods="GET HEAD POST")
def authenticator(request: HttpRequest, visitor: Principal) -> Answer:
    """Set up an authenticator: a picture to scan, and its first code; the recovery codes follow, once."""
    check_proved(visitor)
    if request.method != "POST":
        try:
            offer = actions.offer_totp(user_id=visitor.user_id)
        except FactorPresent:
            return GoTo(reverse("console:security"))
        return _offer_page(_Offer(offer.secret, offer.svg), FirstCodeForm())
    if queries.get_factors(user_id=visitor.user_id).has_totp:
        return GoTo(reverse("console:security"))
    form = FirstCodeForm(request.POST)
    codes: list[str] = []
    if did(request, form, lambda: codes.extend(_confirm(request, visitor, form))):
        return _codes_page(codes)
    return _offer_page(_shown_again(visitor, form), form)


@page(methods="GET HEAD POST")
def remove_authenticator(request: HttpRequest, visitor: Principal) -> Answer:
    """Switch the authenticator off, after asking once more."""
    check_proved(visitor)
    form = Asking(request.POST or None)
    if did(request, form, lambda: actions.remove_totp(user_id=visitor.user_id, by=visitor.actor)):
        return GoTo(f"{reverse('console:security')}?done=totp-off")
    shown = {"title": gettext("Switch the authenticator off"), "form": form}
    return Page("self/authenticator_off.html", shown, 422 if form.is_bound else 200)


@page(methods="GET HEAD POST")
def recovery_codes(request: HttpRequest, visitor: Principal) -> Answer:
    """Make recovery codes anew; they are shown this once."""
    check_proved(visitor)
    form = Asking(request.POST or None)
    codes: list[str] = []

    def act() -> None:
        codes.extend(actions.renew_recovery_codes(user_id=visitor.user_id, by=visitor.actor))

    if did(request, form, act):
        return _codes_page(codes)
    shown = {
        "title": gettext("Recovery codes"),
        "form": form,
        "factors": queries.get_factors(user_id=visitor.user_id),
    }
    return Page("self/recovery_codes.html", shown, 422 if form.is_bound else 200)


@page(methods="GET HEAD POST")
def passkeys(request: HttpRequest, visitor: Principal) -> Answer:
    """List one's passkeys, and add one."""
    proved = check_proved_to_post(request, visitor)
    form = PasskeyForm(request.POST or None)
    if did(request, form, lambda: _add(visitor, form.cleaned_data)):
        return GoTo(f"{request.path}?done=added")
    shown = {
        "title": gettext("Passkeys"),
        "form": form,
        "is_proved": proved,
        "passkeys": queries.get_factors(user_id=visitor.user_id).passkeys,
        "done": request.GET.get("done"),
    }
    return Page("self/passkeys.html", shown, 422 if form.is_bound else 200)


@page(methods="POST")
def passkey_options(request: HttpRequest, visitor: Principal) -> HttpResponse:
    """Give the script of the page what the browser asks the new passkey."""
    del request
    check_proved(visitor)
    offer = actions.offer_passkey(user_id=visitor.user_id)
    return JsonResponse({"handle": offer.handle, "options": offer.options})


@page(methods="POST")
def remove_passkey(request: HttpRequest, visitor: Principal, passkey: int) -> Answer:
    """Forget a passkey."""
    del request
    check_proved(visitor)
    actions.remove_passkey(user_id=visitor.user_id, passkey_id=passkey, by=visitor.actor)
    return GoTo(f"{reverse('console:passkeys')}?done=removed")


def read_credential(text: str) -> dict[str, Any]:
    """Read what the browser's script wrote of a passkey's answer.

    :raises InvalidField: it is no object
    """
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InvalidField("Your browser's answer cannot be read. Try again.", field="credential")
    return found


def _confirm(request: HttpRequest, visitor: Principal, form: FirstCodeForm) -> list[str]:
    attempts.count(request, "mfa-verify", str(visitor.user_id))
    return actions.confirm_totp(
        user_id=visitor.user_id, code=form.cleaned_data["code"].strip(), by=visitor.actor
    )


def _add(visitor: Principal, given: dict[str, Any]) -> None:
    actions.add_passkey(
        user_id=visitor.user_id,
        handle=given["handle"],
        name=given["name"],
        answer=read_credential(given["credential"]),
        by=visitor.actor,
    )


def _shown_again(visitor: Principal, form: FirstCodeForm) -> _Offer:
    """Give the seed that is in the form, so that nobody scans anew for a mistyped code.

    What counts is the seed that the server keeps; a form that names another merely shows it.
    """
    secret = form.cleaned_data.get("secret", "")
    if not secret:
        offer = actions.offer_totp(user_id=visitor.user_id)
        return _Offer(offer.secret, offer.svg)
    return _Offer(secret, seeds.picture(visitor.user_id, secret)[1])


def _offer_page(offer: _Offer, form: FirstCodeForm) -> Page:
    picture = b64encode(offer.svg.encode()).decode()
    form.initial["secret"] = offer.secret
    shown = {
        "title": gettext("Set up an authenticator"),
        "form": form,
        "picture": f"data:image/svg+xml;base64,{picture}",
        "secret": " ".join(offer.secret[at : at + 4] for at in range(0, len(offer.secret), 4)),
    }
    return Page("self/authenticator.html", shown, 422 if form.is_bound else 200)


def _codes_page(codes: list[str]) -> Page:
    return Page("self/codes.html", {"title": gettext("Your recovery codes"), "codes": codes})
