"""Metrics: by route and never by path, summed over processes, read from the database at the moment."""

import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import ResolverMatch
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from fondaco.kit import options
from fondaco.kit.django import metrics, metrics_database, metrics_home
from fondaco.kit.django.deliveries import Channel, Message, send
from fondaco.kit.django.metrics import MetricsMiddleware, exposition, observe_batch
from fondaco.kit.django.metrics_database import DatabaseCollector
from fondaco.kit.django.tenancy.context import TenantScope

COUNT_IN_A_CHILD = """
import sys
from pathlib import Path
from fondaco.kit.django import metrics_home
metrics_home.prepare(Path(sys.argv[1]))
import django
from django.conf import settings
settings.configure()
from fondaco.kit.django import metrics
metrics.REQUESTS.labels("GET", "api/v1/x", "200").inc(int(sys.argv[2]))
metrics.SOCKETS.inc(2)
if sys.argv[3:]:
    sys.stdout.buffer.write(metrics.exposition_of_processes())
"""


BURY = """
import sys
from pathlib import Path
from fondaco.kit.django import metrics_home
metrics_home.prepare(Path(sys.argv[1]))
from prometheus_client.multiprocess import mark_process_dead
mark_process_dead(int(sys.argv[2]))
"""


def samples(text: bytes, name: str) -> list[Sample]:
    found = text_string_to_metric_families(text.decode())
    return [sample for family in found for sample in family.samples if sample.name == name]


def requests_to(route: str, method: str = "GET", status: str = "200") -> float:
    wanted = {"method": method, "route": route, "status": status}
    found = samples(exposition(), "fondaco_http_requests_total")
    return sum(sample.value for sample in found if sample.labels == wanted)


def answer(path: str, route: str | None, *, method: str = "GET", status: int = 200) -> None:
    def inside(request: HttpRequest) -> HttpResponse:
        if route is not None:
            request.resolver_match = ResolverMatch(lambda: None, (), {}, route=route)
        return HttpResponse(status=status)

    MetricsMiddleware(inside)(RequestFactory().generic(method, path))


@pytest.mark.usefixtures("tenant")
class TestMetricsMiddleware:
    def test_counts_by_route_and_never_by_path(self) -> None:
        before = requests_to("api/v1/wallets/<token>")
        answer("/api/v1/wallets/hunter2", "api/v1/wallets/<token>")
        answer("/api/v1/wallets/hunter3", "api/v1/wallets/<token>")
        assert requests_to("api/v1/wallets/<token>") == before + 2
        assert b"hunter" not in exposition()

    def test_makes_no_series_for_paths_and_methods_that_strangers_invent(self) -> None:
        answer("/wp-admin/1", None, method="BREW", status=404)
        answer("/wp-admin/2", None, method="SPILL", status=404)
        assert requests_to(metrics.UNMATCHED, "OTHER", "404") >= 2
        assert b"BREW" not in exposition()
        assert b"wp-admin" not in exposition()

    def test_counts_what_breaks_as_500(self) -> None:
        def broken(_request: HttpRequest) -> HttpResponse:
            raise ZeroDivisionError

        before = requests_to(metrics.UNMATCHED, status="500")
        with pytest.raises(ZeroDivisionError):
            MetricsMiddleware(broken)(RequestFactory().get("/"))
        assert requests_to(metrics.UNMATCHED, status="500") == before + 1
        (in_flight,) = samples(exposition(), "fondaco_http_requests_in_flight")
        assert in_flight.value == 0

    def test_counts_those_that_are_open_with_many_of_them_a_little_later(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told: list[float] = []
        now = [1_000.0]
        monkeypatch.setattr(metrics.IN_FLIGHT, "set", told.append)
        monkeypatch.setattr(time, "perf_counter", lambda: now[0])
        monkeypatch.setitem(metrics._told, "until", 0.0)

        def ask(deep: int, *, takes_s: float = 0.0) -> HttpResponse:
            def further(_request: HttpRequest) -> HttpResponse:
                now[0] += takes_s
                return ask(deep - 1, takes_s=takes_s) if deep > 1 else HttpResponse()

            answered = MetricsMiddleware(further)(RequestFactory().get("/"))
            assert isinstance(answered, HttpResponse)
            return answered

        ask(metrics.FEW)
        assert told == [*range(1, metrics.FEW + 1), *range(metrics.FEW - 1, -1, -1)]
        told.clear()
        ask(metrics.FEW + 3)
        assert (max(told), told[-1]) == (metrics.FEW, 0)
        ask(metrics.FEW + 3, takes_s=metrics.TOLD_EVERY_S)
        assert (max(told), told[-1]) == (metrics.FEW + 3, 0)

    def test_times_each_request_once(self) -> None:
        answer("/timed", "timed")
        found = samples(exposition(), "fondaco_http_request_seconds_count")
        assert [s.value for s in found if s.labels["route"] == "timed"] == [1]


@pytest.mark.usefixtures("tenant")
class TestObserveBatch:
    def test_fills_the_three_histograms(self) -> None:
        def sums() -> list[float]:
            text = exposition()
            names = ("batch_transfers", "wait_seconds", "post_seconds")
            return [samples(text, f"fondaco_intake_{name}_sum")[0].value for name in names]

        before = sums()
        observe_batch(transfers=100, waited_s=0.25, took_s=0.5)
        after = sums()
        assert [round(b - a, 6) for a, b in zip(before, after, strict=True)] == [100, 0.25, 0.5]


class TestCountingJob:
    def test_counts_what_succeeds_and_what_fails(self) -> None:
        def runs(outcome: str) -> float:
            wanted = {"queue": "counted here", "outcome": outcome}
            found = samples(metrics.exposition_of_processes(), "fondaco_jobs_run_total")
            return sum(sample.value for sample in found if sample.labels == wanted)

        with metrics.counting_job("counted here"):
            assert runs("succeeded") == 0
        with pytest.raises(KeyError), metrics.counting_job("counted here"):
            raise KeyError
        assert (runs("succeeded"), runs("failed")) == (1, 1)


class TestSeveralProcesses:
    def test_are_summed_and_the_dead_leave_the_gauges(self, tmp_path: Path) -> None:
        def run(*arguments: str) -> bytes:
            command = [sys.executable, "-c", COUNT_IN_A_CHILD, str(tmp_path), *arguments]
            return subprocess.run(command, check=True, capture_output=True).stdout

        run("3")
        text = run("4", "show")
        assert [s.value for s in samples(text, "fondaco_http_requests_total")] == [7]
        assert [s.value for s in samples(text, "fondaco_realtime_sockets")] == [4]
        dead = next(path for path in tmp_path.glob("gauge_livesum_*.db"))
        pid = dead.stem.rpartition("_")[2]
        subprocess.run(
            [
                sys.executable,
                "-c",
                BURY,
                str(tmp_path),
                pid,
            ],
            check=True,
        )
        text = run("0", "show")
        assert [s.value for s in samples(text, "fondaco_http_requests_total")] == [7]
        assert [s.value for s in samples(text, "fondaco_realtime_sockets")] == [4]

    def test_begin_anew_when_cleared(self, tmp_path: Path) -> None:
        (tmp_path / "counter_1.db").write_bytes(b"x")
        (tmp_path / "note.txt").write_text("kept")
        metrics_home.clear(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> DatabaseCollector:
    monkeypatch.setattr(metrics_database, "KEEP_S", 0.0)
    return DatabaseCollector()


def read(collector: DatabaseCollector) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for family in collector.collect():
        found.setdefault(family.name, []).extend(family.samples)
    return found


class TestDatabaseCollector:
    def test_gives_every_metric_that_it_names(self, collector: DatabaseCollector) -> None:
        found = read(collector)
        named = {name.removesuffix("_total") for name in metrics_database.names()}
        assert set(found) == named
        assert found["fondaco_database_up"][0].value == 1
        assert found["fondaco_disk_free_bytes"][0].value > 0
        assert found["fondaco_wal_bytes"][0].value > 0
        assert found["fondaco_database_connections_max"][0].value >= 100

    def test_tells_tenants_apart(
        self, collector: DatabaseCollector, tenant: TenantScope, other_tenant: TenantScope
    ) -> None:
        def waiting(name: str) -> float:
            of_tenant = {"tenant": name, "channel": "telegram"}
            found = read(collector)["fondaco_deliveries_waiting"]
            return sum(sample.value for sample in found if sample.labels == of_tenant)

        before = waiting(tenant.name), waiting(other_tenant.name)
        send(Message(Channel.TELEGRAM, "1", "x"), purpose="x", lifetime=timedelta(hours=1))
        assert (waiting(tenant.name), waiting(other_tenant.name)) == (before[0] + 1, before[1])

    def test_sees_jobs_that_wait(self, collector: DatabaseCollector, tenant: TenantScope) -> None:
        del tenant
        send(Message(Channel.SMS, "+15550100", "x"), purpose="x", lifetime=timedelta(hours=1))
        queue = {"queue": "notifications"}
        found = read(collector)
        (count,) = (s.value for s in found["fondaco_jobs_waiting"] if s.labels == queue)
        (lag,) = (s.value for s in found["fondaco_job_lag_seconds"] if s.labels == queue)
        assert count >= 1
        assert lag >= 0

    def test_asks_the_database_once_in_some_seconds(self) -> None:
        collector = DatabaseCollector()
        first = list(collector.collect())
        threads = [threading.Thread(target=lambda: list(collector.collect())) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert list(collector.collect()) == first

    def test_finds_the_disk_of_a_folder_that_is_not_made_yet(self, tmp_path: Path) -> None:
        missing = tmp_path / "var" / "deep"
        assert metrics_database.free_bytes(missing) > 0
        assert not missing.exists()


class TestServe:
    def test_answers_on_a_port_of_its_own(self) -> None:
        server, thread = metrics.serve(port=0, host="127.0.0.1")
        try:
            answer = httpx.get(f"http://127.0.0.1:{server.server_port}/metrics")
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
        assert answer.status_code == 200
        assert "fondaco_http_requests_in_flight" in answer.text


def test_disk_minimum_follows_the_option(collector: DatabaseCollector) -> None:
    with options.override(disk_free_min_mb=7):
        assert read(collector)["fondaco_disk_free_bytes_min"][0].value == 7_000_000
