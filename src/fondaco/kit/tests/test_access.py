"""Principals: what they may do, and who finds them out."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import pytest

from fondaco.kit import access
from fondaco.kit.access import (
    STAFF,
    SYSTEM,
    Actor,
    ActorKind,
    Principal,
    Role,
    authenticate,
    install,
    require,
    require_customer,
)
from fondaco.kit.errors import Forbidden

CLERK = Principal(
    actor=Actor(ActorKind.USER, "usr_1"),
    role=Role.COMPANY,
    user_id=UUID(int=1),
    customer_id=UUID(int=2),
    permissions=frozenset({"wallets:charge"}),
)


class Doorman:
    def __init__(self, who: Principal | None) -> None:
        self.who = who

    def authenticate(self, headers: Mapping[str, str], call: object = None) -> Principal | None:
        return self.who if "authorization" in headers else None


@pytest.fixture(autouse=True)
def nobody_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_installed", [])


class TestActor:
    def test_writes_kind_and_id(self) -> None:
        assert str(CLERK.actor) == "user:usr_1"
        assert str(SYSTEM) == "system:fondaco"


class TestPrincipal:
    def test_may_only_what_it_holds(self) -> None:
        assert CLERK.can("wallets:charge")
        assert not CLERK.can("wallets:freeze")
        assert replace(CLERK, permissions=frozenset("*")).can("wallets:freeze")
        assert not replace(CLERK, permissions=frozenset()).can("wallets:charge")

    def test_is_staff_by_role(self) -> None:
        assert {role for role in Role if replace(CLERK, role=role).is_staff} == STAFF


class TestRequire:
    def test_gives_the_principal_back(self) -> None:
        assert require(CLERK, "wallets:charge") is CLERK
        assert require(CLERK, "wallets:charge", Role.CLIENT, Role.COMPANY) is CLERK
        assert require_customer(CLERK) == UUID(int=2)

    def test_refuses_a_missing_permission(self) -> None:
        with pytest.raises(Forbidden, match="wallets:freeze"):
            require(CLERK, "wallets:freeze")

    def test_refuses_another_role(self) -> None:
        with pytest.raises(Forbidden, match="role"):
            require(CLERK, "wallets:charge", Role.CLIENT)

    def test_refuses_those_who_act_for_no_customer(self) -> None:
        with pytest.raises(Forbidden, match="customer"):
            require_customer(replace(CLERK, customer_id=None))


class TestAuthenticate:
    def test_asks_the_latest_authenticator(self) -> None:
        install(Doorman(None))
        install(Doorman(CLERK))
        assert authenticate({"authorization": "x"}) is CLERK
        assert authenticate({}) is None

    def test_says_when_there_is_none(self) -> None:
        with pytest.raises(RuntimeError, match="wiring"):
            authenticate({})
