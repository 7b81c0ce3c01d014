"""Work that a worker does later: declared in its domain, enqueued in the transaction that wants it.

A domain's ``tasks.py``::

    @jobs.periodic("*/5 * * * *")
    @jobs.task(queue="wallets", lock="{hold_id}")
    def void_expired(*, hold_id: str) -> None: ...

    jobs.defer(void_expired, hold_id=str(hold.id))

Every job carries its tenant and is refused without; locks are prefixed by it. Arguments are JSON, hence
ids as text. A job may run more than once (a killed worker's jobs are taken up again), so each is
idempotent.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, ParamSpec

from django.db import connection, transaction
from procrastinate import exceptions, jobs as stored_jobs, retry as retries, tasks
from procrastinate.contrib.django.db_cleanup import DjangoApp
from procrastinate.contrib.django.django_connector import DjangoConnector

from fondaco.kit.django import metrics, tenancy, traces
from fondaco.kit.django.tenancy import context, directory
from fondaco.kit.errors import DomainError, Kind

Arguments = ParamSpec("Arguments")

_PASSING: Final = frozenset({Kind.UNAVAILABLE, Kind.THROTTLED})
"""Refusals that another try may not meet; all others end a job at once."""


class JobRefused(RuntimeError):
    """Say that a job names no tenant though its task works for one, or names one though it works for none."""


class _Connector(DjangoConnector):
    """Enqueue over Django's connection, so that a job is in the caller's transaction.

    The jobs' tables are in ``public``, which is in every tenant's path; Procrastinate's own housekeeping
    comes without any scope and gets the system's.
    """

    def execute_query(self, query: Any, **arguments: Any) -> None:
        with self._usable():
            super().execute_query(query, **arguments)

    def execute_query_one(self, query: Any, **arguments: Any) -> dict[str, Any]:
        with self._usable():
            return super().execute_query_one(query, **arguments)

    def execute_query_all(self, query: Any, **arguments: Any) -> list[dict[str, Any]]:
        with self._usable():
            return super().execute_query_all(query, **arguments)

    def _usable(self) -> AbstractContextManager[None]:
        # Housekeeping has a thread of its own, where no request begins that would drop a dead connection.
        if not self.connection.in_atomic_block:
            self.connection.close_if_unusable_or_obsolete()
        return context.system_scope() if context.find_active() is None else nullcontext()


APP: Final = DjangoApp(connector=_Connector())
"""Procrastinate's registry of tasks; workers use its tasks over connections of their own."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Say how often and after which pauses a failing job is tried again."""

    tries: int = 8
    """How often it runs at most."""
    first_s: float = 2.0
    """The first pause; doubles each time."""
    longest_s: float = 3600.0


NEVER: Final = Retry(tries=1)


@dataclass(frozen=True, slots=True)
class Task(Generic[Arguments]):
    """Hold a declared task; calling it runs it here and now, in the caller's scope."""

    name: str
    function: Callable[Arguments, None]
    handle: "tasks.Task[..., Any, ...]" = field(repr=False)
    lock: str
    once: str
    is_system: bool

    def __call__(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        """Run the function itself."""
        self.function(*args, **kwargs)


def task(
    *,
    queue: str,
    retry: Retry | None = None,
    lock: str = "",
    once: str = "",
    is_system: bool = False,
    name: str = "",
) -> Callable[[Callable[Arguments, None]], Task[Arguments]]:
    """Declare a function with keyword arguments as a task.

    :param lock: a template such as ``"{order_id}"``: jobs with the same text never run at the same time
    :param once: likewise: nothing is enqueued while a job with the same text waits; excludes ``retry``
    :param is_system: works on what all tenants share, and for no tenant
    :param name: what is stored with jobs; from the domain and function unless given
    :raises TypeError: ``once`` is combined with more than one try
    """
    plan = retry or (NEVER if once else Retry())
    if once and plan.tries > 1:
        raise TypeError("a job enqueued once is not retried: the next one would be in its way")

    def declare(function: Callable[Arguments, None]) -> Task[Arguments]:
        known_as = name or wire_name(function)

        def run(*, tenant: str = "", timestamp: int = 0, **arguments: Any) -> None:  # noqa: ARG001 - periodic jobs carry a time stamp
            _drop_ended_connection()
            with (
                metrics.counting_job(queue),
                traces.job(known_as, queue=queue, tenant=tenant),
                _scope_of(known_as, tenant, is_system=is_system),
            ):
                function(**arguments)  # type: ignore[call-arg] # the arguments were checked when it was deferred

        handle = APP.task(name=known_as, queue=queue, retry=_Strategy(plan))(run)
        return Task(known_as, function, handle, lock, once, is_system)

    return declare


def periodic(cron: str, *, per_tenant: bool = True) -> Callable[[Task[[]]], Task[[]]]:
    """Enqueue a task without arguments at the times of a cron line (UTC; a sixth field counts seconds).

    However many workers run, each time is enqueued once; for each tenant unless the task is the system's. A
    time that comes while the last job still waits is left out.

    :raises TypeError: the task and ``per_tenant`` disagree
    """

    def declare(declared: Task[[]]) -> Task[[]]:
        if per_tenant is declared.is_system:
            raise TypeError(
                f"{declared.name}: a task of the system is not per tenant, and all others are"
            )
        if not per_tenant:
            APP.periodic(cron=cron, queueing_lock=f"*:{declared.name}")(declared.handle)
            return declared

        def enqueue_for_all(timestamp: int) -> None:
            del timestamp
            for tenant in directory.list_scopes():
                with context.enter(tenant):
                    _defer(declared, {}, once=declared.once or declared.name)

        fan = APP.task(
            name=f"{declared.name}.for_all",
            queue=declared.handle.queue,
            queueing_lock=f"*:{declared.name}",
        )(enqueue_for_all)
        APP.periodic(cron=cron)(fan)
        return declared

    return declare


def defer(
    declared: Task[Arguments], *args: Arguments.args, **arguments: Arguments.kwargs
) -> int | None:
    """Enqueue a job for the current tenant in the current transaction; gives its number.

    None: a job of the kind that is enqueued once waits already.

    :raises NoTenant: no tenant is set (and the task is not the system's)
    """
    del args
    return _defer(declared, arguments)


def defer_at(
    declared: Task[Arguments], at: datetime, *args: Arguments.args, **arguments: Arguments.kwargs
) -> int | None:
    """Enqueue a job that runs at an instant or soon after; otherwise like ``defer``.

    :raises NoTenant: no tenant is set (and the task is not the system's)
    """
    del args
    return _defer(declared, arguments, at=at)


def defer_many(declared: Task[...], each: Iterable[Mapping[str, Any]]) -> list[int]:
    """Enqueue many jobs of one task with one statement; gives their numbers.

    :raises NoTenant: no tenant is set (and the task is not the system's)
    :raises TypeError: the task has a lock, which would differ from job to job, or is enqueued once
    """
    if declared.lock or declared.once:
        raise TypeError(f"{declared.name}: jobs with locks are deferred one by one")
    owner = _owner(declared)
    rows = [{**arguments, **owner} for arguments in each]
    return declared.handle.batch_defer(*rows) if rows else []


def wire_name(function: Callable[..., Any]) -> str:
    """Name a function by its domain, such as ``wallets.void_expired``."""
    domain = function.__module__.removeprefix("fondaco.").split(".")[0]
    return f"{domain}.{function.__qualname__}"


def _defer(
    declared: Task[...], arguments: Mapping[str, Any], *, at: datetime | None = None, once: str = ""
) -> int | None:
    owner = _owner(declared)
    prefix = f"{owner.get('tenant', '*')}:"
    unless_waiting = once or declared.once
    options: dict[str, Any] = {"schedule_at": at}
    if declared.lock:
        options["lock"] = prefix + declared.lock.format(**arguments)
    if not unless_waiting:
        return declared.handle.configure(**options).defer(**arguments, **owner)
    options["queueing_lock"] = prefix + unless_waiting.format(**arguments)
    try:
        with transaction.atomic():
            return declared.handle.configure(**options).defer(**arguments, **owner)
    except exceptions.AlreadyEnqueued:
        return None


def _owner(declared: Task[...]) -> dict[str, str]:
    return {} if declared.is_system else {"tenant": tenancy.current().name}


def _drop_ended_connection() -> None:
    """Do for a job what Django does where a request begins."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def _scope_of(name: str, tenant: str, *, is_system: bool) -> AbstractContextManager[Any]:
    if is_system is bool(tenant):
        raise JobRefused(f"job {name} names {'a' if tenant else 'no'} tenant")
    return context.system_scope() if is_system else directory.scope(tenant)


class _Strategy(retries.BaseRetryStrategy):
    """Decide whether a failed job is tried again."""

    def __init__(self, plan: Retry) -> None:
        self._plan = plan

    def get_retry_decision(
        self, *, exception: BaseException, job: stored_jobs.Job
    ) -> retries.RetryDecision | None:
        if job.attempts + 1 >= self._plan.tries or _is_final(exception):
            return None
        pause_s = min(self._plan.first_s * 2**job.attempts, self._plan.longest_s)
        jitter = 1 + random.random() / 4  # noqa: S311 - a pause is no secret
        return retries.RetryDecision(retry_in={"seconds": int(pause_s * jitter) or 1})


def _is_final(error: BaseException) -> bool:
    if isinstance(error, DomainError):
        return error.kind not in _PASSING
    return isinstance(error, JobRefused | tenancy.NoTenant)
