"""Whether the platform lives, is ready, and what everybody may know of it.

``/livez``: the process answers; a supervisor restarts it otherwise. ``/readyz``: it can serve; a balancer
takes it out otherwise. ``/status``: for people, without anything of the inside.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, TimeoutError as TookTooLong
from dataclasses import dataclass
from functools import lru_cache
from hmac import compare_digest
from pathlib import Path
from typing import Final

from django.db import Error, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from fondaco import __version__
from fondaco.kit import clock
from fondaco.kit.django import maintenance, metrics, tenancy
from fondaco.kit.django.metrics_database import free_bytes
from fondaco.kit.django.tenancy import directory
from fondaco.kit.django.tenancy.directory import UnknownTenant
from fondaco.kit.django.tenancy.middleware import tenant_of
from fondaco.kit.django.tenancy.schemas import fingerprint
from fondaco.kit.options import options

ANSWER_WITHIN_S: Final = 2.0
_MB: Final = 1_000_000
_METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Check:
    """Hold the outcome of one check; the detail is for operators and names no secret."""

    name: str
    is_good: bool
    detail: str = ""


def check_disk() -> Check:
    """Tell whether enough space is free where the data lies."""
    least = options().disk_free_min_mb
    free = free_bytes(Path(options().data_dir)) // _MB
    return Check("disk", free >= least, f"{free} MB free, at least {least} wanted")


def check_database() -> Check:
    """Tell whether the database answers, and whether all its schemas are migrated."""
    with tenancy.system_scope():
        try:
            behind = _behind()
        except Error as error:
            return Check("database", is_good=False, detail=type(error).__name__)
    detail = f"not migrated: {', '.join(behind)}" if behind else ""
    return Check("database", not behind, detail)


CHECKS: Final[tuple[Callable[[], Check], ...]] = (check_disk, check_database)


def run_checks() -> list[Check]:
    """Run all checks; one that does not answer within two seconds has failed."""
    pool = ThreadPoolExecutor(len(CHECKS), thread_name_prefix="readyz")
    try:
        return [_within(pool, check) for check in CHECKS]
    finally:
        pool.shutdown(wait=False)


@require_safe
def livez(_request: HttpRequest) -> HttpResponse:
    """Answer as long as the process can answer at all."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when all checks are good, else 503 with what is wrong."""
    checks = run_checks()
    is_ready = all(check.is_good for check in checks)
    body = {
        "ready": is_ready,
        "checks": {
            check.name: "ok" if check.is_good else check.detail or "failed" for check in checks
        },
    }
    answer = JsonResponse(body, status=200 if is_ready else 503)
    answer["Cache-Control"] = "no-store"
    return answer


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Tell everybody in one word how things are at this host's tenant."""
    body = {"status": _word(request), "version": __version__, "at": clock.now().isoformat()}
    answer = JsonResponse(body)
    answer["Cache-Control"] = "no-store"
    return answer


@require_safe
def metrics_view(request: HttpRequest) -> HttpResponse:
    """Give the metrics to Prometheus: with the token where one is set, else to direct callers only.

    What came through a proxy came from outside, and is told that there is nothing here.
    """
    if not _may_read_metrics(request):
        raise Http404
    return HttpResponse(metrics.exposition(), content_type=_METRICS_TYPE)


def _word(request: HttpRequest) -> str:
    if not all(check.is_good for check in run_checks()):
        return "degraded"
    header = request.headers.get("X-Tenant")
    try:
        with tenancy.scope(tenant_of(host=request.get_host(), header=header)):
            return "maintenance" if maintenance.find_notice() else "operational"
    except UnknownTenant:
        return "operational"


def _may_read_metrics(request: HttpRequest) -> bool:
    token = options().metrics_token.get_secret_value()
    if not token:
        return "X-Forwarded-For" not in request.headers
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return compare_digest(given.encode(), token.encode())


def _within(pool: ThreadPoolExecutor, check: Callable[[], Check]) -> Check:
    try:
        return pool.submit(_closing, check).result(timeout=ANSWER_WITHIN_S)
    except TookTooLong:
        name = check.__name__.removeprefix("check_")
        return Check(name, is_good=False, detail=f"no answer within {ANSWER_WITHIN_S:g} s")


def _closing(check: Callable[[], Check]) -> Check:
    try:
        return check()
    finally:
        # The thread ends with the request, and its connection with it.
        connection.close()


def _behind() -> list[str]:
    """List the schemas whose tables are of another version than this code."""
    wanted = {tenant.schema: _fingerprint(shared=False) for tenant in directory.list_scopes()}
    wanted["public"] = _fingerprint(shared=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT schema, digest FROM public.tenancy_schemafingerprint")
        found = dict(cursor.fetchall())
    return sorted(schema for schema, digest in wanted.items() if found.get(schema) != digest)


@lru_cache(maxsize=2)
def _fingerprint(*, shared: bool) -> str:
    return fingerprint(shared=shared)
