"""In which language somebody reads the pages: his setting, else the cookie, else what his browser wants."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.translation.trans_real import parse_accept_lang_header

from fondaco.identity import actions as identity
from fondaco.identity.types import Settings, User
from fondaco.kit.access import Actor
from fondaco.kit.options import options

COOKIE: Final = "fondaco-language"
AGE_S: Final = 365 * 24 * 3600
LANGUAGES: Final = {"en": "English", "de": "Deutsch"}
"""The languages of the pages, each by its own name."""
ENGLISH: Final = "en"


def language_of(request: HttpRequest, user: User | None) -> str:
    """Give the language for a page; English where none of those that are wanted is ours."""
    asked = [user.settings.language if user else "", request.COOKIES.get(COOKIE, "")]
    header = request.headers.get("Accept-Language", "")
    asked += [code for code, _ in parse_accept_lang_header(header)]
    return next((code for code in map(_main, asked) if code in LANGUAGES), ENGLISH)


@contextmanager
def spoken(request: HttpRequest, user: User | None) -> Iterator[None]:
    """Speak to somebody in his language and by his clock within the block."""
    zone = ZoneInfo(user.settings.time_zone if user else options().time_zone)
    with translation.override(language_of(request, user)), timezone.override(zone):
        yield


def keep(response: HttpResponseBase, language: str) -> None:
    """Have the browser remember a language."""
    response.set_cookie(
        COOKIE,
        language,
        max_age=AGE_S,
        secure=options().environment == "production",
        httponly=True,
        samesite="Lax",
    )


def remember(user: User, language: str, *, by: Actor) -> None:
    """Make a language of ours the setting of a person; one that is not ours changes nothing."""
    present = user.settings
    if language == present.language or language not in LANGUAGES:
        return
    changed = Settings(
        language=language,
        time_zone=present.time_zone,
        currency=present.currency,
        notifications=present.notifications,
    )
    identity.change_settings(user_id=user.id, to=changed, by=by)


def _main(code: str) -> str:
    return code.partition("-")[0].lower()
