"""Credentials over HTTP: ``/auth`` to come in, ``/me`` for one's own factors, operators for lost ones."""

from typing import Final

from fondaco.credentials.api.contacts import router as contacts
from fondaco.credentials.api.factors import router as factors
from fondaco.credentials.api.login import router as login
from fondaco.credentials.api.members import (
    accepting,
    inviting,
    router as members,
)
from fondaco.credentials.api.resets import resets, users
from fondaco.kit.django.api.router import Router

MOUNTS: Final[tuple[tuple[str, Router], ...]] = (
    ("/auth", login),
    ("/auth", accepting),
    ("/me", factors),
    ("/me", contacts),
    ("/me", members),
    ("/operator/parties", inviting),
    ("/operator/users", users),
    ("/operator/factor-resets", resets),
)

__all__ = ["MOUNTS"]
