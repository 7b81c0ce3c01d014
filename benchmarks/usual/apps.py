"""Django's entry for the benchmark's own tables."""

from django.apps import AppConfig


class UsualConfig(AppConfig):
    """Register the tables of the usual way."""

    name = "benchmarks.usual"
    label = "usual"
