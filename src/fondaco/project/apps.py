"""The Django application that joins the others together."""

from importlib import import_module

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """Install what the layers must not know of each other; it has no tables."""

    name = "fondaco.project"
    label = "project"
    default = True

    def ready(self) -> None:
        """Join the parts, now that all models are loaded (hence an import by name)."""
        import_module("fondaco.project.wiring").install()


class RealtimeConfig(ProjectConfig):
    """Install what the realtime process needs: it works off no events and no jobs."""

    default = False

    def ready(self) -> None:
        """Join the parts without those that work in the background, and their libraries."""
        import_module("fondaco.project.wiring").install(works=False)
