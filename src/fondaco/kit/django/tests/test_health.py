"""Alive, ready, and what everybody may know."""

import json
import threading
import time
from typing import Any

import pytest
from django.db import OperationalError
from django.http import Http404
from django.test import RequestFactory

from fondaco.kit import options
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import health, maintenance, tenancy
from fondaco.kit.django.health import Check, livez, metrics_view, readyz, status
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.kit.django.tenancy.models import SchemaFingerprint

requests = RequestFactory()


def ready() -> tuple[int, dict[str, Any]]:
    with tenancy.system_scope():
        answer = readyz(requests.get("/readyz"))
    return answer.status_code, json.loads(answer.content)


def status_of(host: str) -> dict[str, Any]:
    with tenancy.system_scope():
        found: dict[str, Any] = json.loads(status(requests.get("/status", HTTP_HOST=host)).content)
    return found


class TestLivez:
    def test_asks_nobody(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(health, "CHECKS", ())
        assert livez(requests.get("/livez")).content == b"ok\n"
        assert livez(requests.post("/livez")).status_code == 405


class TestReadyz:
    def test_is_good_when_all_is(self) -> None:
        assert ready() == (200, {"ready": True, "checks": {"disk": "ok", "database": "ok"}})

    def test_fails_below_the_set_disk_level(self) -> None:
        with options.override(disk_free_min_mb=10**9):
            code, body = ready()
        assert code == 503
        assert "MB free" in body["checks"]["disk"]
        assert body["checks"]["database"] == "ok"

    def test_fails_while_a_tenant_is_not_migrated(self, other_tenant: TenantScope) -> None:
        tenant = other_tenant
        with tenancy.system_scope():
            rows = SchemaFingerprint.objects.using("owner").filter(schema=tenant.schema)
            good = rows.get().digest
            rows.update(digest="of yesterday")
            code, body = ready()
            rows.update(digest=good)
        assert (code, body["checks"]["database"]) == (503, f"not migrated: {tenant.schema}")
        assert ready()[0] == 200

    def test_fails_without_a_database_and_tells_no_address(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def lost() -> list[str]:
            raise OperationalError("connection to db.internal failed for user fondaco")

        monkeypatch.setattr(health, "_behind", lost)
        code, body = ready()
        assert (code, body["checks"]["database"]) == (503, "OperationalError")

    def test_does_not_wait_for_a_database_that_hangs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        over = threading.Event()

        def check_database() -> Check:
            over.wait(60)
            return Check("database", is_good=True)

        monkeypatch.setattr(health, "ANSWER_WITHIN_S", 0.05)
        monkeypatch.setattr(health, "CHECKS", (health.check_disk, check_database))
        begun = time.monotonic()
        code, body = ready()
        over.set()
        assert time.monotonic() - begun < 30
        assert (code, body["checks"]["database"]) == (503, "no answer within 0.05 s")


class TestStatus:
    def test_says_one_word_and_nothing_of_the_inside(self) -> None:
        body = status_of("alpha.test")
        assert set(body) == {"status", "version", "at"}
        assert body["status"] == "operational"

    def test_tells_of_the_hosts_own_maintenance(self, other_tenant: TenantScope) -> None:
        with tenancy.scope(other_tenant):
            maintenance.begin(reason="x", by=SYSTEM)
            during = [status_of(f"{name}.test")["status"] for name in ("alpha", "beta")]
            maintenance.end()
        assert during == ["operational", "maintenance"]
        assert status_of("beta.test")["status"] == "operational"

    def test_is_degraded_when_not_ready(self) -> None:
        with options.override(disk_free_min_mb=10**9):
            assert status_of("alpha.test")["status"] == "degraded"


class TestMetricsView:
    def test_serves_direct_callers(self) -> None:
        answer = metrics_view(requests.get("/metrics"))
        assert b"fondaco_database_up 1.0" in answer.content
        assert answer["Content-Type"].startswith("text/plain; version=0.0.4")

    def test_is_not_there_for_those_who_come_through_a_proxy(self) -> None:
        with pytest.raises(Http404):
            metrics_view(requests.get("/metrics", HTTP_X_FORWARDED_FOR="203.0.113.9"))

    def test_asks_for_the_token_where_one_is_set(self) -> None:
        with options.override(metrics_token="right"):
            for given in ("", "Bearer wrong", "Bearer "):
                with pytest.raises(Http404):
                    metrics_view(requests.get("/metrics", HTTP_AUTHORIZATION=given))
            found = metrics_view(requests.get("/metrics", HTTP_AUTHORIZATION="Bearer right"))
        assert found.status_code == 200
