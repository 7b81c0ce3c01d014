"""Reads of who works for the house."""

from fondaco.identity import queries as identity
from fondaco.identity.types import User


def list_operators() -> list[User]:
    """List the house's own people, dismissed ones included, oldest first."""
    return identity.list_staff()
