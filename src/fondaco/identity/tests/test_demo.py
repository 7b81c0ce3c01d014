"""The people of a demo tenant."""

from collections.abc import Callable

import pytest

from fondaco.identity import demo, models
from fondaco.identity.demo import DemoRefused, seed_people
from fondaco.identity.errors import WrongCredentials
from fondaco.identity.tests.people import log_in
from fondaco.kit.access import SYSTEM, Role
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import TenantScope

CAST = [
    "johnwick",
    "lyraking",
    "alexray",
    "admin",
    "bookshop",
    "buyer",
    "supplier",
    "bank",
    "operator",
]


class TestSeedPeople:
    def test_makes_everybody_once_and_all_can_log_in(
        self, fresh_tenant: Callable[..., TenantScope]
    ) -> None:
        with tenancy.scope(fresh_tenant()):
            first = seed_people(by=SYSTEM)
            again = seed_people(by=SYSTEM)
            assert [person.username for person in first] == CAST
            assert all(person.is_new for person in first)
            assert not any(person.is_new or person.password for person in again)
            assert [p.user_id for p in again] == [p.user_id for p in first]
            for person in first:
                signed_in = log_in(identifier=person.username, password=person.password)
                assert signed_in.role is person.role
                assert signed_in.customer_id == person.customer_id
            assert first[-1].role is Role.OPERATOR
            assert models.User.objects.count() == len(CAST)

    def test_renews_passwords_when_asked(self, fresh_tenant: Callable[..., TenantScope]) -> None:
        with tenancy.scope(fresh_tenant(mode="sandbox")):
            old = seed_people(by=SYSTEM)[0]
            new = seed_people(by=SYSTEM, renew_passwords=True)[0]
            assert new.user_id == old.user_id
            log_in(identifier="johnwick", password=new.password)
            with pytest.raises(WrongCredentials):
                log_in(identifier="johnwick", password=old.password)

    def test_refuses_live_tenants(self, live_tenant: TenantScope) -> None:
        with tenancy.scope(live_tenant):
            with pytest.raises(DemoRefused):
                seed_people(by=SYSTEM)
            assert not models.User.objects.filter(username__in=CAST).exists()

    def test_shows_no_password_in_its_representation(self) -> None:
        password = demo.new_password()
        assert len(password) >= 12
        assert len({demo.new_password() for _ in range(50)}) == 50
