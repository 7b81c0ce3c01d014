"""Which path leads where."""

from django.urls import include, path
from django.views.generic import RedirectView

from fondaco.kit.django import health
from fondaco.project import urls_callbacks
from fondaco.project.api import PREFIX, api

urlpatterns = [
    path(PREFIX, api.urls),
    *urls_callbacks.urlpatterns,
    path("status", health.status),
    path("console/", include("fondaco.console.urls")),
    path("", RedirectView.as_view(pattern_name="console:home")),
]
