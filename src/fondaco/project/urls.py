"""Which path leads where."""

from django.urls import path

from fondaco.kit.django import health
from fondaco.project import urls_callbacks
from fondaco.project.api import PREFIX, api

urlpatterns = [
    path(PREFIX, api.urls),
    *urls_callbacks.urlpatterns,
    path("status", health.status),
]
