"""What is counted and timed, for Prometheus.

Each process counts in files of its own below ``metrics_home``'s folder; whoever is asked gives the sum
over all of them, and beside it what ``metrics_database`` reads at that moment. A test holds the names here
and those in ``deploy/monitoring`` together.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final
from wsgiref.simple_server import WSGIServer

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from fondaco.kit.django.metrics_database import DatabaseCollector
from fondaco.kit.django.metrics_home import folder_in_use

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LATENCIES: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_BATCHES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 4000, 8000)
FEW: Final = 8
"""So many requests in flight are told at once, more of them later."""
TOLD_EVERY_S: Final = 0.25
UNMATCHED: Final = "(none)"
"""The route of a path that leads nowhere: paths that strangers invent make no new series."""

_own = CollectorRegistry()

REQUESTS: Final = Counter(
    "fondaco_http_requests_total",
    "Requests answered.",
    ("method", "route", "status"),
    registry=_own,
)
LATENCY: Final = Histogram(
    "fondaco_http_request_seconds",
    "Time from the first middleware to the answer.",
    ("method", "route"),
    buckets=_LATENCIES,
    registry=_own,
)
IN_FLIGHT: Final = Gauge(
    "fondaco_http_requests_in_flight",
    "Requests being answered.",
    multiprocess_mode="livesum",
    registry=_own,
)
INTAKE_BATCH: Final = Histogram(
    "fondaco_intake_batch_transfers",
    "Transfers that the intake posted in one transaction.",
    buckets=_BATCHES,
    registry=_own,
)
INTAKE_WAIT: Final = Histogram(
    "fondaco_intake_wait_seconds",
    "Time that the oldest submission of a batch waited for it to begin.",
    buckets=_LATENCIES,
    registry=_own,
)
INTAKE_POST: Final = Histogram(
    "fondaco_intake_post_seconds",
    "Time from the begin of a batch's transaction to its commit.",
    buckets=_LATENCIES,
    registry=_own,
)
ADVICE: Final = Counter(
    "fondaco_advice_total",
    "Advice given, by who gave it, and why the service outside did not.",
    ("engine", "outcome"),
    registry=_own,
)
SOCKETS: Final = Gauge(
    "fondaco_realtime_sockets",
    "WebSockets that are open.",
    multiprocess_mode="livesum",
    registry=_own,
)
SOCKETS_CLOSED: Final = Counter(
    "fondaco_realtime_closed_total",
    "WebSockets closed by us, by close code.",
    ("code",),
    registry=_own,
)
JOBS: Final = Counter(
    "fondaco_jobs_run_total",
    "Jobs run, by queue and outcome.",
    ("queue", "outcome"),
    registry=_own,
)


class MetricsMiddleware:
    """Count and time each request by the template of its route, never by its path, which may hold a token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep what is further in."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        begun = time.perf_counter()
        status = "500"
        _open.add(request)
        _tell_open(begun)
        try:
            response = self._get_response(request)
            status = str(response.status_code)
        finally:
            _open.remove(request)
            _tell_open(time.perf_counter())
            method = request.method if request.method in _METHODS else "OTHER"
            count, times = _series(method, route_of(request), status)
            count.inc()
            times.observe(time.perf_counter() - begun)
        return response


_open: Final[set[HttpRequest]] = set()
"""The requests being answered."""
_told: Final = {"until": 0.0}


def _tell_open(now: float) -> None:
    """Say how many requests are open: of many at most every quarter of a second, since that costs more."""
    count = len(_open)
    if count <= FEW or now >= _told["until"]:
        _told["until"] = now + TOLD_EVERY_S
        IN_FLIGHT.set(count)


@lru_cache(maxsize=4096)
def _series(method: str, route: str, status: str) -> tuple[Counter, Histogram]:
    """Look the two series of a request up once; the library takes locks for it each time."""
    return REQUESTS.labels(method, route, status), LATENCY.labels(method, route)


def route_of(request: HttpRequest) -> str:
    """Give the template of the request's route, such as ``api/v1/wallets/<token>``."""
    match = request.resolver_match
    return UNMATCHED if match is None else match.route or "/"


def observe_batch(*, transfers: int, waited_s: float, took_s: float) -> None:
    """Record one batch of the ledger's intake: its size, and the two times in seconds."""
    INTAKE_BATCH.observe(transfers)
    INTAKE_WAIT.observe(waited_s)
    INTAKE_POST.observe(took_s)


def count_advice(*, engine: str, outcome: str) -> None:
    """Count an advice: ``outside`` or ``built_in``, and ``used`` or the word for what failed outside."""
    ADVICE.labels(engine, outcome).inc()


@contextmanager
def counting_job(queue: str) -> Iterator[None]:
    """Count one run of a job by its queue, and whether it failed."""
    outcome = "failed"
    try:
        yield
        outcome = "succeeded"
    finally:
        JOBS.labels(queue, outcome).inc()


def exposition() -> bytes:
    """Give the metrics of all processes of this machine, and of the database, as text for Prometheus."""
    return exposition_of_processes() + generate_latest(_database)


def exposition_of_processes() -> bytes:
    """Give what the processes of this machine counted, without asking the database."""
    return generate_latest(_everyone())


def serve(*, port: int, host: str) -> tuple[WSGIServer, threading.Thread]:
    """Answer on a port of its own, for processes that have no other: the worker in a container."""
    return start_http_server(port, host, _everyone())


def _everyone() -> CollectorRegistry:
    if folder_in_use() is None:
        return _own
    everyone = CollectorRegistry()
    MultiProcessCollector(everyone)  # type: ignore[no-untyped-call] # the library's has no types
    return everyone


def forget_process(pid: int) -> None:
    """Take a dead process out of the gauges that count living ones; the supervisor calls it."""
    if folder_in_use() is not None:
        mark_process_dead(pid)  # type: ignore[no-untyped-call] # the library's has no types


_database = CollectorRegistry()
_database.register(DatabaseCollector())
