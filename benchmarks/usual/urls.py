"""The platform's paths, and the usual way's one."""

from django.urls import path

from benchmarks.usual.api import api
from fondaco.project.urls import urlpatterns as platform

urlpatterns = [
    path("api/v1/usual/", api.urls),
    *platform,
]
