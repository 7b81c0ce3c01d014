"""Which path leads where."""

from typing import Final

from django.urls import include, path
from django.views.generic import RedirectView

from fondaco.kit.django import health
from fondaco.project import urls_callbacks
from fondaco.project.api import PREFIX, api

_LETTERS: Final = (
    "confirm-registration",
    "verify-email",
    "reset-password",
    "accept-invitation",
)
"""Where letters lead if the address of the pages is the house alone; a browser takes the token along."""

urlpatterns = [
    path(PREFIX, api.urls),
    *urls_callbacks.urlpatterns,
    path("status", health.status),
    path("console/", include("fondaco.console.urls")),
    *(path(name, RedirectView.as_view(pattern_name=f"console:{name}")) for name in _LETTERS),
    path("", RedirectView.as_view(pattern_name="console:start")),
]
