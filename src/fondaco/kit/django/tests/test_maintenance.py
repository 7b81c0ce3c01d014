"""Reads on, money off, for one tenant, seen within a second."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from fondaco.kit import clock, options
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import maintenance, tenancy
from fondaco.kit.django.maintenance import (
    InMaintenance,
    MaintenanceMiddleware,
    begin,
    end,
    find_notice,
    require_open,
)
from fondaco.kit.django.models import Maintenance
from fondaco.kit.django.tenancy.context import TenantScope
from tests.plumbing.counting import nothing_due

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def answer(method: str, path: str) -> HttpResponse:
    reached: list[HttpRequest] = []

    def inside(request: HttpRequest) -> HttpResponse:
        reached.append(request)
        return HttpResponse("inside")

    request = RequestFactory().generic(method, path)
    found = MaintenanceMiddleware(inside)(request)
    assert bool(reached) == (found.status_code == 200)
    assert isinstance(found, HttpResponse)
    return found


@pytest.fixture
def _ended(tenant: TenantScope) -> Iterator[None]:
    del tenant
    end()
    yield
    end()


@pytest.mark.usefixtures("_ended")
class TestMaintenance:
    def test_refuses_money_and_serves_reads(self) -> None:
        with clock.set_to(NOW):
            begin(reason="New disks.", by=SYSTEM, until=NOW + timedelta(minutes=5))
            refused = answer("POST", "/api/v1/charges")
        assert refused.status_code == 503
        assert refused["Retry-After"] == "300"
        problem = json.loads(refused.content)
        assert (problem["code"], problem["detail"]) == ("maintenance", "New disks.")
        for method in ("GET", "HEAD", "OPTIONS"):
            assert answer(method, "/api/v1/wallets").status_code == 200
        for method in ("PUT", "PATCH", "DELETE"):
            assert answer(method, "/api/v1/wallets/x").status_code == 503

    @pytest.mark.parametrize(
        "path",
        ["/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/logout", "/callbacks/x/y"],
    )
    def test_lets_readers_in_and_takes_callbacks(self, path: str) -> None:
        begin(reason="x", by=SYSTEM)
        assert answer("POST", path).status_code == 200

    def test_refuses_jobs_that_ask(self) -> None:
        require_open()
        begin(reason="x", by=SYSTEM)
        with pytest.raises(InMaintenance) as refusal:
            require_open()
        assert refusal.value.retry_after_s == maintenance.RETRY_AFTER_S

    def test_ends(self) -> None:
        begin(reason="x", by=SYSTEM)
        assert end()
        assert answer("POST", "/api/v1/charges").status_code == 200
        assert not end()

    def test_is_told_once_with_the_latest_reason(self) -> None:
        begin(reason="first", by=SYSTEM)
        begin(reason="second", by=SYSTEM)
        notice = find_notice()
        assert notice is not None
        assert notice.reason == "second"

    def test_is_seen_within_a_second_by_a_process_that_did_not_switch(self) -> None:
        assert find_notice() is None
        row = {"reason": "x", "since": NOW, "begun_by": "operator:o"}
        Maintenance.objects.create(id=1, **row)
        time.sleep(1)
        assert find_notice() is not None

    def test_is_the_tenants_own(self, other_tenant: Any) -> None:
        begin(reason="x", by=SYSTEM)
        with tenancy.scope(other_tenant):
            assert find_notice() is None

    def test_can_be_set_for_all_by_an_option(self) -> None:
        with options.override(maintenance=True):
            assert answer("POST", "/api/v1/charges").status_code == 503
            assert answer("GET", "/api/v1/wallets").status_code == 200

    def test_asks_again_soon_after_the_expected_end(self) -> None:
        with clock.set_to(NOW):
            begin(reason="x", by=SYSTEM, until=NOW - timedelta(hours=1))
            assert answer("POST", "/api/v1/charges")["Retry-After"] == "1"

    def test_costs_no_query_for_each_request(self) -> None:
        begin(reason="x", by=SYSTEM)
        queries: list[str] = []

        def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
            queries.append(sql)
            return execute(sql, params, many, context)

        with nothing_due():
            find_notice()
            with connection.execute_wrapper(count):
                for _ in range(50):
                    find_notice()
        assert queries == []
