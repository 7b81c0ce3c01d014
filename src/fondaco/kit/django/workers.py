"""The worker process: jobs, and in one worker of the deployment the relay and the sweep for stalled jobs."""

import asyncio
import logging
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker
from psycopg.conninfo import conninfo_to_dict

from fondaco.kit.django import job_store
from fondaco.kit.django.jobs import APP
from fondaco.kit.django.relay import Herald, Leadership, NotLeader, Relay
from fondaco.kit.options import options

_CONNECTION: Final = ("dbname", "host", "port", "user", "password", "options", "application_name")

_PAUSE_S: Final = 1.0
"""Between losing the database and asking for it again."""
_CHECK_S: Final = 1.0
"""How often the leader asks whether the lock is still held."""
_LOOKING_MAX: Final = 4.0
"""Pauses between two looks are so many times as long as a look takes."""
_SPARE_THREADS: Final = 4
"""Threads beyond those of jobs: Procrastinate enqueues periodic jobs through them."""

logger = logging.getLogger(__name__)

_stopping = threading.Event()


@dataclass(frozen=True, slots=True)
class Pace:
    """Say how often a worker looks and shows that it lives (seconds)."""

    poll_s: float = 2.0
    """Jobs are announced; this finds those whose time has come."""
    heartbeat_s: float = 5.0
    stalled_s: float = 20.0
    """After so long without a heartbeat a worker's jobs are given to others."""
    relay_s: float = 0.2
    """How often the relay looks for events that nobody told it of."""
    rest_s: float = 0.05
    """How long the relay lets events gather after it fed some; the first of them never waits."""
    herald_s: float = 0.02
    """How often the herald looks for events, which is half of what sockets and listeners wait."""


def is_stopping() -> bool:
    """Tell a long job to come to an end, since its worker was asked to stop."""
    return _stopping.is_set()


def direct_parameters() -> dict[str, Any]:
    """Give what psycopg connects with past any pooler: ``DATABASE_DIRECT_URL``, or Django's connection."""
    if options().database_direct_url:
        return conninfo_to_dict(options().database_direct_url)
    parameters = connections[DEFAULT_DB_ALIAS].get_connection_params()
    return {name: parameters[name] for name in _CONNECTION if name in parameters}


def run_worker(
    *,
    queues: Sequence[str] = (),
    concurrency: int = 4,
    name: str = "worker",
    pace: Pace | None = None,
) -> None:
    """Work until SIGTERM or SIGINT: finish what runs, take nothing new; blocks.

    While the database is away it waits for it.

    :param queues: listen to these alone; none: to all
    """
    chosen = pace or Pace()
    with _housekeeping(chosen):
        asyncio.run(_work(queues, concurrency, name, chosen))


async def _work(queues: Sequence[str], concurrency: int, name: str, pace: Pace) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.set_default_executor(
        ThreadPoolExecutor(concurrency + _SPARE_THREADS, thread_name_prefix=name)
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, stop)
    while not stop.is_set():
        try:
            await _serve(stop, queues, concurrency, name, pace)
        except (psycopg.Error, ConnectorException):
            logger.exception("the worker lost its database")
        if not stop.is_set():
            logger.warning("the worker begins again")
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _PAUSE_S)


async def _serve(
    stop: asyncio.Event, queues: Sequence[str], concurrency: int, name: str, pace: Pace
) -> None:
    """Run jobs until asked to stop, or until the database is lost.

    Nothing is cancelled: a cancellation that comes while a connection is opened or borrowed can be swallowed
    there, and the worker would then never hear of its end. Asked by ``stop``, Procrastinate takes no new jobs
    and finishes those that run.
    """
    async with _app().open_async() as app:
        worker = Worker(
            app=app,
            queues=list(queues) or None,
            name=name,
            concurrency=concurrency,
            fetch_job_polling_interval=pace.poll_s,
            abort_job_polling_interval=pace.poll_s,
            update_heartbeat_interval=pace.heartbeat_s,
            stalled_worker_timeout=pace.stalled_s,
            shutdown_graceful_timeout=float(options().shutdown_timeout_s),
            install_signal_handlers=False,
        )
        working = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call] # Procrastinate's own
        asked = asyncio.create_task(stop.wait())
        # Its first step forgets what it was asked before; only then can it be asked to stop.
        await asyncio.sleep(0)
        await asyncio.wait({working, asked}, return_when=asyncio.FIRST_COMPLETED)
        worker.stop()  # type: ignore[no-untyped-call] # Procrastinate's own
        asked.cancel()
        await working


def _stop(stop: asyncio.Event) -> None:
    _stopping.set()
    stop.set()


def _app() -> App:
    """Give Procrastinate a connection of its own; jobs go on enqueueing over Django's (see ``jobs``)."""
    parameters = direct_parameters()
    search_path = f"{parameters.pop('options', '')} -c search_path=public".strip()
    connector = PsycopgConnector(
        kwargs={**parameters, "options": search_path}, min_size=1, max_size=3, name="worker"
    )
    return APP.with_connector(connector)


@contextmanager
def _housekeeping(pace: Pace) -> Iterator[None]:
    """Run the relay and the sweep beside the jobs, in a thread of their own."""
    _stopping.clear()
    ended = threading.Event()
    thread = threading.Thread(
        target=_keep_house, args=(pace, ended), name="housekeeping", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(timeout=options().shutdown_timeout_s)


def _keep_house(pace: Pace, ended: threading.Event) -> None:
    """Wait for the leadership, and lead while the connection that holds it lives."""
    while not ended.is_set():
        try:
            with Leadership(direct_parameters()) as leadership:
                _lead(leadership, pace, ended)
        except NotLeader:
            ended.wait(pace.poll_s)
        except Exception:  # a database that restarts must not end the relay
            logger.exception("housekeeping begins again")
            ended.wait(_PAUSE_S)
        finally:
            connections.close_all()


def _lead(leadership: Leadership, pace: Pace, ended: threading.Event) -> None:
    """Announce events, have listeners fed beside that, and recover stalled jobs."""
    herald, feeding = Herald(leadership.notify), _Feeding(pace)
    swept_at = checked_at = time.monotonic()
    with feeding.running():
        pause_s = pace.herald_s
        while not ended.wait(pause_s):
            if not feeding.is_alive():
                raise RuntimeError("the relay ended")
            began = time.monotonic()
            if herald.run_once():
                feeding.wake()
            if began - checked_at >= _CHECK_S:
                leadership.check()
                checked_at = began
            if began - swept_at >= pace.stalled_s / 2:
                job_store.recover_stalled(stalled_s=pace.stalled_s)
                swept_at = began
            # Where a look takes long (many tenants, a busy server), looking takes a part of the time only.
            pause_s = max(pace.herald_s, _LOOKING_MAX * (time.monotonic() - began))


class _Feeding:
    """Feed listeners in a thread of their own, so that a slow one holds up no announcement."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._stirred, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    @contextmanager
    def running(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._ended.set()
            self._stirred.set()
            self._thread.join(timeout=options().shutdown_timeout_s)

    def is_alive(self) -> bool:
        """Tell whether listeners are still fed; without its thread the leader must begin again."""
        return self._thread.is_alive()

    def wake(self) -> None:
        self._stirred.set()

    def _run(self) -> None:
        relay = Relay()
        try:
            while not self._ended.is_set():
                self._stirred.clear()
                done = relay.run_once()
                if relay.is_behind:
                    continue
                if done:
                    self._ended.wait(self._pace.rest_s)
                self._stirred.wait(self._pace.relay_s)
        except Exception:
            logger.exception("the relay begins again")
        finally:
            connections.close_all()
