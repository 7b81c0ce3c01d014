"""What may be done to the thing that a page shows: a button for each, by its state and the visitor's rights.

A page lists the deeds that the state allows; those for which the visitor lacks the right are left out. The
same list decides what a form may do, so nothing can be sent that is not shown.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fondaco.console.asking import Refused, act_once
from fondaco.console.forms import Asking
from fondaco.console.pages import GoTo
from fondaco.kit.access import Principal
from fondaco.kit.errors import Forbidden

DEED: Final = "deed"
"""The field that names which of a page's deeds is sent."""
_TEXT_MAX: Final = 500


class ReasonForm(Asking):
    """Take why."""

    reason = forms.CharField(label=_("Reason"), max_length=_TEXT_MAX)


class GroundsForm(ReasonForm):
    """Take why, and what proves it."""

    evidence = forms.CharField(
        label=_("Evidence, such as a receipt's number or a link"), max_length=_TEXT_MAX
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Describe something that may be done now."""

    name: str
    label: str | Promise
    """What stands on the button."""
    right: str
    act: Callable[[Mapping[str, Any], Principal], object]
    """Do it, with what the form took and for whom."""
    form: type[Asking] = Asking
    initial: Mapping[str, Any] | None = None
    choices: Mapping[str, Sequence[tuple[str, str | Promise]]] = field(default_factory=dict)
    """What may be chosen now in fields of the form."""
    hint: str | Promise = ""
    """What follows from it, said before."""
    is_danger: bool = False
    leads_to: str = ""
    """The address that follows; empty: the same page, which says that it is done."""
    once: str = ""
    """The name of the operation where the API does it once per key; empty: the state alone decides."""


@dataclass(frozen=True, slots=True)
class Offered:
    """Show a deed with its form."""

    deed: Deed
    form: Asking


def perform_or_offer(
    request: HttpRequest, visitor: Principal, deeds: Iterable[Deed]
) -> GoTo | Sequence[Offered]:
    """Do what a form asks for, then lead on; else give the deeds to be shown, a refused one with its error.

    :raises Forbidden: what is sent is none of the deeds that the visitor may do now
    """
    mine = [deed for deed in deeds if visitor.can(deed.right)]
    sent = request.POST.get(DEED) if request.method == "POST" else None
    if sent is None:
        return [Offered(deed, _form(deed)) for deed in mine]
    chosen = next((deed for deed in mine if deed.name == sent), None)
    if chosen is None:
        raise Forbidden(
            "This cannot be done now: the state has changed meanwhile, or you lack the right."
        )
    form = _form(chosen, request)
    if form.is_valid() and form.ask(lambda: _perform(chosen, form, visitor)) is None:
        return GoTo(chosen.leads_to or f"{request.path}?done={chosen.name}")
    return [Offered(deed, form if deed is chosen else _form(deed)) for deed in mine]


def is_refused(offered: Sequence[Offered]) -> bool:
    """Tell whether one of the forms was sent, and refused."""
    return any(one.form.is_bound for one in offered)


def _form(deed: Deed, request: HttpRequest | None = None) -> Asking:
    sent = request.POST if request else None
    form = deed.form(sent, auto_id=f"{deed.name}_%s", initial=deed.initial)
    for name, choices in deed.choices.items():
        chosen = form.fields[name]
        if not isinstance(chosen, forms.ChoiceField):
            raise TypeError(f"{name} is no field of choices")
        chosen.choices = list(choices)
    return form


def _perform(deed: Deed, form: Asking, visitor: Principal) -> Refused | None:
    given = form.cleaned_data

    def act() -> str:
        deed.act(given, visitor)
        return ""

    if not deed.once:
        act()
        return None
    body = repr(sorted((name, str(value)) for name, value in given.items()))
    found = act_once(visitor, operation=deed.once, key=given["key"], body=body, act=act)
    return found if isinstance(found, Refused) else None
