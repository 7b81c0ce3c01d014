"""Mount the tiny API, and let two known callers in."""

from collections.abc import Iterator, Mapping
from uuid import UUID

import pytest
from django.test import override_settings

from fondaco.kit import access
from fondaco.kit.access import Actor, ActorKind, Principal, Role
from fondaco.kit.django.api import router, throttle
from fondaco.kit.django.api.tests import tiny_api
from fondaco.kit.errors import Unauthenticated

MERCHANT = Principal(
    actor=Actor(ActorKind.USER, "usr_merchant"),
    role=Role.COMPANY,
    user_id=UUID(int=1),
    customer_id=UUID(int=2),
    permissions=frozenset("*"),
)
OPERATOR = Principal(
    actor=Actor(ActorKind.OPERATOR, "usr_operator"),
    role=Role.OPERATOR,
    user_id=UUID(int=3),
    customer_id=None,
)


class Doorman:
    """Know two tokens."""

    def authenticate(self, headers: Mapping[str, str], call: object = None) -> Principal | None:
        """Give the principal of the token."""
        credentials = headers.get("Authorization")
        if credentials is None:
            return None
        known = {"Bearer merchant": MERCHANT, "Bearer operator": OPERATOR}
        if credentials not in known:
            raise Unauthenticated("The token is expired.")
        return known[credentials]


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the tiny API in place of the platform's."""
    monkeypatch.setattr(access, "_installed", [Doorman()])
    monkeypatch.setattr(router, "_undeclared_hooks", [])
    tiny_api.effects.clear()
    throttle.reset()
    with override_settings(ROOT_URLCONF="fondaco.kit.django.api.tests.tiny_api"):
        yield
