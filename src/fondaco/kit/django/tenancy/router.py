"""Which tables belong into which schema."""

from typing import Any, Final

from fondaco.kit.django.tenancy import context

SHARED: Final = frozenset({"tenancy", "procrastinate", "django_cache"})
"""Labels of the apps whose tables are in ``public``; those of all others are in each tenant's schema."""


class TenancyRouter:
    """Let migrations make shared tables in ``public`` only, and tenants' tables in tenants only."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:  # noqa: ARG002 - Django's signature
        """Tell whether an app's tables belong into the schema that is migrated; into none without a scope."""
        if context.is_system():
            return app_label in SHARED
        return context.find_current() is not None and app_label not in SHARED
