"""Which path leads where."""

from django.urls import path

from fondaco.kit.django import health
from fondaco.project.api import PREFIX, api

urlpatterns = [
    path(PREFIX, api.urls),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("status", health.status),
    path("metrics", health.metrics_view),
]
