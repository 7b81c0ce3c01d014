"""How pages look to a browser: light, dark, or as its system is set."""

from enum import StrEnum
from typing import Final

from django.http import HttpRequest

COOKIE: Final = "fondaco-theme"


class Theme(StrEnum):
    """What a person may choose; ``system`` follows the machine."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


def theme_of(request: HttpRequest) -> Theme:
    """Give the theme that was chosen in this browser; whatever else the cookie holds is the system's."""
    chosen = request.COOKIES.get(COOKIE, "")
    return Theme(chosen) if chosen in {one.value for one in Theme} else Theme.SYSTEM
