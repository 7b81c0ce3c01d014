"""Requests that come from an auditor with rights of the test's choice."""

from collections.abc import Callable
from uuid import uuid4

from fondaco.kit.access import Actor, ActorKind, Principal, Role

Ask = Callable[..., None]


class Always:
    """Take every request for one principal's."""

    def __init__(self, *permissions: str) -> None:
        """Give the auditor rights."""
        actor = Actor(ActorKind.OPERATOR, "usr_test")
        self.who = Principal(actor, Role.AUDITOR, uuid4(), None, None, frozenset(permissions))

    def authenticate(self, headers: object, call: object = None) -> Principal | None:
        """Give the auditor."""
        del headers, call
        return self.who
