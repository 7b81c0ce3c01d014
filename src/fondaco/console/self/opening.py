"""Pages for everybody: what this is, how things are, and the language and colours of all pages."""

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext

from fondaco import __version__
from fondaco.console import visits
from fondaco.console.appearance import COOKIE as THEME_COOKIE, Theme
from fondaco.console.pages import Answer, GoTo, Page, open_page
from fondaco.console.self import languages
from fondaco.console.self.browsing import sent
from fondaco.console.ways import came_from
from fondaco.identity import queries as people
from fondaco.kit import clock
from fondaco.kit.django import maintenance
from fondaco.kit.django.health import run_checks
from fondaco.kit.options import options


class LanguageForm(forms.Form):
    """Take one of our languages."""

    language = forms.ChoiceField(choices=list(languages.LANGUAGES.items()))


class ThemeForm(forms.Form):
    """Take a theme."""

    theme = forms.ChoiceField(choices=[(one.value, one.value) for one in Theme])


@open_page()
def start(request: HttpRequest) -> Answer:
    """Say what this is, and where to go in; whoever is inside already goes home."""
    if visits.find_visitor(request) is not None:
        return GoTo(reverse("console:home"))
    return Page("self/start.html", {"title": gettext("Welcome")})


@open_page()
def status(_request: HttpRequest) -> Answer:
    """Tell everybody how things are, in words."""
    good = {check.name: check.is_good for check in run_checks()}
    notice = maintenance.find_notice()
    shown = {
        "title": gettext("Status"),
        "is_good": all(good.values()),
        "books": good.get("database", False),
        "storage": good.get("disk", False),
        "notice": notice,
        "at": clock.now(),
        "version": __version__,
    }
    return Page("self/status.html", shown)


@open_page(methods="POST")
def choose_language(request: HttpRequest) -> Answer:
    """Speak another language from now on: in this browser, and to the person who is logged in."""
    form = LanguageForm(request.POST)
    response = sent(came_from(request) or reverse("console:start"))
    if form.is_valid():
        language = form.cleaned_data["language"]
        languages.keep(response, language)
        visitor = visits.find_visitor(request)
        if visitor is not None:
            languages.remember(people.get_user(visitor.user_id), language, by=visitor.actor)
    return response


@open_page(methods="POST")
def choose_theme(request: HttpRequest) -> Answer:
    """Show pages light, dark or as the system is set."""
    form = ThemeForm(request.POST)
    response = sent(came_from(request) or reverse("console:start"))
    if form.is_valid():
        keep_theme(response, form.cleaned_data["theme"])
    return response


def keep_theme(response: HttpResponseBase, theme: str) -> None:
    """Have the browser remember a theme."""
    response.set_cookie(
        THEME_COOKIE,
        theme,
        max_age=languages.AGE_S,
        secure=options().environment == "production",
        httponly=True,
        samesite="Lax",
    )
