"""The Django application that joins the others together."""

from importlib import import_module

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """Install what the layers must not know of each other; it has no tables."""

    name = "fondaco.project"
    label = "project"

    def ready(self) -> None:
        """Join the parts, now that all models are loaded (hence an import by name)."""
        import_module("fondaco.project.wiring").install()
