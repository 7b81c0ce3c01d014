"""What the tests themselves stand on."""

import re
import socket
from collections.abc import Callable
from typing import Any

import pytest
import pytest_socket
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from fondaco.kit.django import tenancy
from fondaco.kit.django.api import problems
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.tenancy import TenantScope
from fondaco.kit.lifecycle import IllegalMove
from tests.plumbing import declared, order, tools
from tests.plumbing.database import ROOT


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


class TestUndeclaredAnswer:
    def test_fails_its_test_raised_or_written(self) -> None:
        router = Router(auth=None)

        @router.get("/raised")
        def raised(request: HttpRequest) -> None:
            raise IllegalMove

        @router.get("/written")
        def written(request: HttpRequest) -> HttpResponse:
            return problems.respond(request, IllegalMove())

        views = [one.operations[0].view_func for one in router.path_operations.values()]
        request = RequestFactory().get("/")
        failure = pytest.fail.Exception
        with (
            pytest.raises(failure, match=r"\w+_raised answered illegal_move"),
            declared.demanded(),
            pytest.raises(IllegalMove),
        ):
            views[0](request)
        with pytest.raises(failure, match=r"\w+_written answered"), declared.demanded():
            assert views[1](request).status_code == IllegalMove.kind.value

    def test_may_be_any_that_is_declared(self) -> None:
        router = Router(auth=None)

        @router.get("/raised", errors=(IllegalMove,))
        def raised(request: HttpRequest) -> None:
            raise IllegalMove

        view = router.path_operations["/raised"].operations[0].view_func
        with declared.demanded(), pytest.raises(IllegalMove):
            view(RequestFactory().get("/"))


class Item:
    """What the order looks at of a test."""

    def __init__(self, path: str, *marks: pytest.MarkDecorator) -> None:
        self.path, self._marks = path, [one.mark for one in marks]

    def iter_markers(self, name: str) -> list[pytest.Mark]:
        return [one for one in self._marks if one.name == name]

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return next(iter(self.iter_markers(name)), None)


class TestOrder:
    def test_begins_with_what_others_would_wait_for_and_keeps_modules_together(self) -> None:
        items: Any = [
            Item("plain"),
            Item("browser", pytest.mark.needs_tool("chromium-headless-shell")),
            Item("plain 2", pytest.mark.needs_tool("curl")),
            Item("backup"),
            Item("drill", pytest.mark.drill),
            Item("backup", pytest.mark.alone),
            Item("up", pytest.mark.long),
            Item("plain"),
        ]
        order.sort(items)
        assert [item.path for item in items] == [
            *("backup", "backup", "browser", "drill", "up", "plain", "plain 2", "plain")
        ]


class TestMissingTools:
    def test_are_counted_by_their_reason(self) -> None:
        assert tools.find("no-such-program") is None
        assert tools.find("sh") is not None

    def test_are_those_that_make_test_installs(self) -> None:
        (line,) = re.findall(
            r"^\t@tools/packages\.sh (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE
        )
        files = [path for folder in ("src", "tests") for path in (ROOT / folder).rglob("test_*.py")]
        marks = [
            re.findall(r"needs_tool\(\"([^\"]+)\"\)", path.read_text("utf-8")) for path in files
        ]
        assert {name for found in marks for name in found} == set(line.split())
