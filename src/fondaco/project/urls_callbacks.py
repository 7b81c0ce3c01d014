"""The paths of a process that takes providers' notices and nothing else."""

from django.urls import path

from fondaco.kit.django import health
from fondaco.kit.django.callbacks import callback_view

urlpatterns = [
    path("callbacks/<str:provider>/<str:key>", callback_view),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("metrics", health.metrics_view),
]
