"""How one is reached: prove and change e-mail and telephone, each by codes to the old and the new."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy as said

from fondaco.console.forms import Asking
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.console.self.browsing import did
from fondaco.console.self.security import check_proved
from fondaco.credentials.actions import contacts as actions
from fondaco.credentials.actions.contacts import BothCodes
from fondaco.credentials.types import Asked
from fondaco.identity import queries as people
from fondaco.identity.actions.contacts import Contact
from fondaco.kit.access import Principal
from fondaco.kit.django.api import attempts
from fondaco.kit.errors import NotFound

_CONTACTS: Final[dict[str, Contact]] = {"email": "email", "phone": "phone"}


class EmailForm(Asking):
    """Take the new e-mail."""

    email = forms.CharField(
        label=said("New e-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class PhoneForm(Asking):
    """Take the new telephone."""

    phone = forms.CharField(
        label=said("New telephone"),
        max_length=32,
        help_text=said("With + and the country, such as +34 666 666 666."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
    )


class CodeForm(Asking):
    """Take the code that was sent."""

    handle = forms.CharField(max_length=100, widget=forms.HiddenInput)
    code = forms.CharField(
        label=said("Code that we sent you"),
        max_length=16,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class CodesForm(CodeForm):
    """Take also the code that reached the present address."""

    old_code = forms.CharField(
        label=said("Code that reached your present one"),
        max_length=16,
        required=False,
        help_text=said("Leave it empty where you have none yet."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )


@page(methods="POST")
def ask_email_proof(request: HttpRequest, visitor: Principal) -> Answer:
    """Have the letter sent again that proves one's e-mail."""
    attempts.count(request, "email-verification", str(visitor.user_id))
    actions.ask_email_proof(user_id=visitor.user_id)
    return GoTo(f"{reverse('console:verify-email')}?sent=1")


@page(methods="POST")
def ask_phone_proof(request: HttpRequest, visitor: Principal) -> Answer:
    """Have a code sent that proves one's telephone."""
    attempts.count(request, "phone-verification", str(visitor.user_id))
    asked = actions.ask_phone_proof(user_id=visitor.user_id)
    return _code_page(CodeForm(initial={"handle": asked.handle}), reverse("console:verify-phone"))


@page(methods="POST")
def verify_phone(request: HttpRequest, visitor: Principal) -> Answer:
    """Prove one's telephone by the code."""
    form = CodeForm(request.POST)

    def act() -> None:
        attempts.count(request, "phone-verify", str(visitor.user_id))
        actions.verify_phone(
            user_id=visitor.user_id,
            handle=form.cleaned_data["handle"],
            code=form.cleaned_data["code"].strip(),
            by=visitor.actor,
        )

    if form.is_valid() and form.ask(act) is None:
        return GoTo(f"{reverse('console:security')}?done=phone-verified")
    return _code_page(form, reverse("console:verify-phone"))


@page(methods="GET HEAD POST")
def change_contact(request: HttpRequest, visitor: Principal, contact: str) -> Answer:
    """Have codes sent to the new address and the present one; a page to write them into follows."""
    check_proved(visitor)
    wanted = _contact(contact)
    form = (EmailForm if wanted == "email" else PhoneForm)(request.POST or None)
    asked: list[Asked] = []
    if did(request, form, lambda: asked.append(_ask(request, visitor, wanted, form))):
        confirm = CodesForm(initial={"handle": asked[0].handle})
        return _code_page(confirm, reverse("console:confirm-contact", args=(wanted,)))
    user = people.get_user(visitor.user_id)
    shown: dict[str, Any] = {
        "title": _title(wanted),
        "form": form,
        "present": getattr(user, wanted),
    }
    return Page("self/contact.html", shown, 422 if form.is_bound else 200)


@page(methods="POST")
def confirm_contact(request: HttpRequest, visitor: Principal, contact: str) -> Answer:
    """Change the address by both codes; other devices leave, and money stays for a day."""
    wanted = _contact(contact)
    form = CodesForm(request.POST)

    def act() -> None:
        given = form.cleaned_data
        attempts.count(request, f"{wanted}-change-confirm", str(visitor.user_id))
        actions.confirm_change(
            user_id=visitor.user_id,
            contact=wanted,
            handle=given["handle"],
            codes=BothCodes(new=given["code"].strip(), old=given["old_code"].strip()),
            session_id=visitor.session_id,
            by=visitor.actor,
        )

    if form.is_valid() and form.ask(act) is None:
        return GoTo(f"{reverse('console:security')}?done={wanted}-changed")
    return _code_page(form, reverse("console:confirm-contact", args=(wanted,)))


def _ask(request: HttpRequest, visitor: Principal, contact: Contact, form: Asking) -> Asked:
    attempts.count(request, f"{contact}-change", str(visitor.user_id))
    return actions.ask_change(
        user_id=visitor.user_id, contact=contact, value=form.cleaned_data[contact].strip()
    )


def _contact(text: str) -> Contact:
    if text not in _CONTACTS:
        raise NotFound
    return _CONTACTS[text]


def _title(contact: Contact) -> str:
    return gettext("Change your e-mail") if contact == "email" else gettext("Change your telephone")


def _code_page(form: CodeForm, action: str) -> Page:
    shown = {"title": gettext("Codes"), "form": form, "action": action}
    return Page("self/code.html", shown, 422 if form.is_bound else 200)
