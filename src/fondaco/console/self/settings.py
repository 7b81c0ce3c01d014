"""How one is called and spoken to; one's data, and leaving."""

from typing import Any, Final
from zoneinfo import available_timezones

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy as said

from fondaco.console import visits
from fondaco.console.appearance import Theme, theme_of
from fondaco.console.forms import Asking
from fondaco.console.pages import Answer, Page, page
from fondaco.console.self import languages
from fondaco.console.self.browsing import did, sent
from fondaco.console.self.opening import keep_theme
from fondaco.console.self.security import check_proved
from fondaco.console.widgets import LongSelect
from fondaco.credentials.actions import erasure
from fondaco.identity import actions, queries
from fondaco.identity.export import export_person
from fondaco.identity.states import CustomerKind
from fondaco.identity.types import ALL_RIGHTS, Customer, Settings, User
from fondaco.kit.access import Principal
from fondaco.ledger.queries import list_assets
from fondaco.wallets.actions import closing

_THEMES: Final = (
    (Theme.SYSTEM.value, said("As my device is set")),
    (Theme.LIGHT.value, said("Light")),
    (Theme.DARK.value, said("Dark")),
)
_ZONES: Final = tuple(
    (name, name.replace("_", " "))
    for name in sorted(available_timezones())
    if "/" in name and not name.startswith(("Etc/", "SystemV/", "posix/", "right/", "US/"))
)


class PersonForm(Asking):
    """Take how a person is called."""

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


class OrganisationForm(Asking):
    """Take how an organisation is called."""

    name = forms.CharField(label=said("Name of the organisation"), max_length=200)
    url = forms.CharField(label=said("Web site"), max_length=500, required=False)


class LooksForm(Asking):
    """Take language, clock, currency and colours."""

    language = forms.ChoiceField(label=said("Language"), choices=list(languages.LANGUAGES.items()))
    time_zone = forms.ChoiceField(
        label=said("Time zone"), choices=(("UTC", "UTC"), *_ZONES), widget=LongSelect
    )
    currency = forms.ChoiceField(
        label=said("Show sums in"),
        required=False,
        help_text=said("What you have is valued in this currency; nothing is exchanged."),
    )
    theme = forms.ChoiceField(label=said("Colours"), choices=_THEMES, widget=forms.RadioSelect)


class LeavingForm(Asking):
    """Take what shall end, and whether somebody means it."""

    what = forms.ChoiceField(label=said("What shall end"), widget=forms.RadioSelect)
    sure = forms.BooleanField(
        label=said("I understand that nobody can bring back what I end here.")
    )


_ALL: Final = "all"
_ACCOUNT: Final = "account"
_ME: Final = "me"
_ENDS: Final = {
    _ALL: said("The account, and everything that you know of me"),
    _ACCOUNT: said("The account alone"),
    _ME: said("Everything that you know of me; the account stays to the others who act for it"),
}


@page(methods="GET HEAD POST")
def settings(request: HttpRequest, visitor: Principal) -> Answer:
    """Show and change how one is called, and in which language, clock and colours pages are shown."""
    user = queries.get_user(visitor.user_id)
    customer = queries.get_customer(visitor.customer_id) if visitor.customer_id else None
    forms_by_name = _forms(request, visitor, user, customer)
    chosen = forms_by_name.get(request.POST.get("form", ""))
    if chosen is not None and did(request, chosen, lambda: _change(visitor, user, chosen)):
        return _changed(request, chosen)
    shown = {
        "title": gettext("Settings"),
        "user": user,
        "customer": customer,
        "has_members": customer is not None
        and customer.kind != CustomerKind.CLIENT
        and visitor.can(ALL_RIGHTS),
        "done": request.GET.get("done"),
        **{f"{name}_form": form for name, form in forms_by_name.items()},
    }
    is_refused = chosen is not None and bool(chosen.errors)
    return Page("self/settings.html", shown, 422 if is_refused else 200)


@page(methods="POST")
def export(request: HttpRequest, visitor: Principal) -> HttpResponse:
    """Hand over everything that the house knows of oneself, as one JSON file."""
    del request
    check_proved(visitor)
    answer = JsonResponse(export_person(user_id=visitor.user_id))
    answer["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return answer


@page(methods="GET HEAD POST")
def leave(request: HttpRequest, visitor: Principal) -> Answer:
    """Close the account, whose wallets must be empty, or destroy what the house knows of oneself, or both.

    The books stay, with references only.
    """
    check_proved(visitor)
    customer = queries.get_customer(visitor.customer_id) if visitor.customer_id else None
    ends = _ends(visitor, customer)
    form = LeavingForm(request.POST or None, initial={"what": ends[0]})
    form.fields["what"].choices = [(name, _ENDS[name]) for name in ends]  # type: ignore[attr-defined] # it is a ChoiceField
    if did(request, form, lambda: _leave(visitor, form.cleaned_data["what"])):
        response = sent(f"{reverse('console:start')}?done=left")
        visits.forget(response)
        return response
    shown = {"title": gettext("Close my account"), "form": form, "customer": customer}
    return Page("self/leave.html", shown, 422 if form.is_bound else 200)


def _ends(visitor: Principal, customer: Customer | None) -> tuple[str, ...]:
    """Name what somebody may end: who heads nothing, himself alone; a client is his account."""
    if customer is None or not visitor.can("members:manage"):
        return (_ME,)
    return (_ALL, _ACCOUNT) if customer.kind == CustomerKind.CLIENT else (_ALL, _ACCOUNT, _ME)


def _leave(visitor: Principal, what: str) -> None:
    if what == _ME or visitor.customer_id is None:
        erasure.erase(user_id=visitor.user_id, by=visitor.actor)
        return
    closing.leave(
        customer_id=visitor.customer_id,
        erased=visitor.user_id if what == _ALL else None,
        by=visitor.actor,
    )


def _forms(
    request: HttpRequest, visitor: Principal, user: User, customer: Customer | None
) -> dict[str, Asking]:
    name = request.POST.get("form", "")
    person = PersonForm(
        request.POST if name == "person" else None,
        prefix="person",
        initial={"first_name": user.first_name, "last_name": user.last_name},
    )
    looks = LooksForm(
        request.POST if name == "looks" else None, prefix="looks", initial=_looks(request, user)
    )
    codes = sorted({asset.code for asset in list_assets()} | {user.settings.currency} - {""})
    looks.fields["currency"].choices = [  # type: ignore[attr-defined] # it is a ChoiceField
        ("", gettext("The currency of the house")),
        *((code, code) for code in codes),
    ]
    found: dict[str, Asking] = {"person": person, "looks": looks}
    if customer and customer.kind != CustomerKind.CLIENT and visitor.can(ALL_RIGHTS):
        found["organisation"] = OrganisationForm(
            request.POST if name == "organisation" else None,
            prefix="organisation",
            initial={"name": customer.name, "url": customer.url},
        )
    return found


def _looks(request: HttpRequest, user: User) -> dict[str, Any]:
    return {
        "language": languages.language_of(request, user),
        "time_zone": user.settings.time_zone,
        "currency": user.settings.currency,
        "theme": theme_of(request).value,
    }


def _change(visitor: Principal, user: User, form: Asking) -> None:
    given = form.cleaned_data
    if isinstance(form, PersonForm):
        actions.rename_person(
            user_id=visitor.user_id,
            first_name=given["first_name"],
            last_name=given["last_name"],
            by=visitor.actor,
        )
    elif isinstance(form, OrganisationForm) and visitor.customer_id is not None:
        actions.rename_customer(
            customer_id=visitor.customer_id, name=given["name"], url=given["url"], by=visitor.actor
        )
    else:
        changed = Settings(
            language=given["language"],
            time_zone=given["time_zone"],
            currency=given["currency"],
            notifications=user.settings.notifications,
        )
        actions.change_settings(user_id=visitor.user_id, to=changed, by=visitor.actor)


def _changed(request: HttpRequest, form: Asking) -> Answer:
    response = sent(f"{request.path}?done=saved")
    if isinstance(form, LooksForm):
        languages.keep(response, form.cleaned_data["language"])
        keep_theme(response, form.cleaned_data["theme"])
    return response
