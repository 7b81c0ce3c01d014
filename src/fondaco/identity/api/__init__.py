"""Identity over HTTP: ``/auth`` to come and go, ``/me`` for oneself, ``/operator/customers`` for staff."""

from fondaco.identity.api.auth import router as auth
from fondaco.identity.api.customers import groups, router as customers
from fondaco.identity.api.me import router as me

__all__ = ["auth", "customers", "groups", "me"]
