"""What the tests themselves stand on."""

import socket
from collections.abc import Callable

import pytest
import pytest_socket
from django.db import connection

from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import TenantScope
from tests.plumbing import tools


class TestTenantFixture:
    def test_opens_the_scope(self, tenant: TenantScope) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_schema(), current_user, current_database()")
            schema, user, database = cursor.fetchone()
        assert (tenancy.current(), schema, user) == (tenant, "t_alpha", "fondaco_app")
        assert database.startswith("test_")

    def test_makes_tenants_apart_from_each_other(
        self, fresh_tenant: Callable[..., TenantScope]
    ) -> None:
        first, second = fresh_tenant(), fresh_tenant(mode="live")
        assert first.schema != second.schema
        assert second.mode == "live"


class TestNetwork:
    def test_refuses_addresses_outside_this_machine(self) -> None:
        with (
            pytest.warns(UserWarning, match="192.0.2.1"),
            pytest.raises(pytest_socket.SocketConnectBlockedError),
            socket.socket() as outside,
        ):
            outside.connect(("192.0.2.1", 80))


class TestMissingTools:
    def test_are_counted_by_their_reason(self) -> None:
        assert tools.find("no-such-program") is None
        assert tools.find("sh") is not None
