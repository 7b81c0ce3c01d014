"""Periodic work on the shared tables: months made ahead, what is old removed."""

from datetime import timedelta
from typing import Final

from django.db import connection

from fondaco.kit import clock
from fondaco.kit.django import (
    callbacks,
    deliveries,
    files,
    idempotency,
    job_store,
    jobs,
    nonces,
)
from fondaco.kit.options import options

MONTHS_AHEAD: Final = 3
FAILED_JOBS_DAYS: Final = 90
"""Failed jobs wait for an operator; longer than those that succeeded."""


@jobs.periodic("7 * * * *")
@jobs.task(queue="maintenance", once="make_event_months")
def make_event_months() -> None:
    """Make the partitions of events for the months to come."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kit_event_make_months(%s)", [MONTHS_AHEAD])


@jobs.periodic("17 3 * * *")
@jobs.task(queue="maintenance", once="drop_old_events")
def drop_old_events() -> None:
    """Drop whole months of events that are older than the retention."""
    before = clock.now() - timedelta(days=options().retention_events_days)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '5s'; SELECT kit_event_drop_months(%s)", [before])


@jobs.periodic("27 * * * *")
@jobs.task(queue="maintenance", once="forget_old_answers")
def forget_old_answers() -> None:
    """Remove answers whose idempotency keys are older than the retention, in batches."""
    before = clock.now() - timedelta(days=options().retention_idempotency_days)
    while idempotency.forget(before=before):
        pass


@jobs.periodic("*/10 * * * *")
@jobs.task(queue="maintenance", once="forget_old_nonces")
def forget_old_nonces() -> None:
    """Empty the nonces of signatures that nobody believes any more."""
    nonces.forget_old()


@jobs.periodic("37 * * * *", per_tenant=False)
@jobs.task(queue="maintenance", is_system=True)
def remove_old_jobs() -> None:
    """Remove jobs that ended long ago, in batches."""
    done = clock.now() - timedelta(days=options().retention_jobs_days)
    while job_store.remove_old(statuses=["succeeded", "cancelled", "aborted"], before=done):
        pass
    failed = clock.now() - timedelta(days=max(FAILED_JOBS_DAYS, options().retention_jobs_days))
    while job_store.remove_old(statuses=["failed"], before=failed):
        pass


@jobs.periodic("* * * * *")
@jobs.task(queue=deliveries.QUEUE, once="retry_deliveries")
def retry_deliveries() -> None:
    """Try what should have been sent by now."""
    deliveries.deliver_due()


@jobs.periodic("47 3 * * *")
@jobs.task(queue="maintenance", once="delete_old_deliveries")
def delete_old_deliveries() -> None:
    """Delete records of messages that are older than the retention."""
    deliveries.delete_closed(older_than=timedelta(days=options().retention_deliveries_days))


@jobs.periodic("57 * * * *")
@jobs.task(queue="maintenance", once="sweep_files")
def sweep_files() -> None:
    """Take away what rolled-back uploads left behind."""
    files.remove_orphans()


@jobs.periodic("52 3 * * *")
@jobs.task(queue="maintenance", once="delete_old_callbacks")
def delete_old_callbacks() -> None:
    """Delete notices of providers that are older than the retention, in batches."""
    before = clock.now() - timedelta(days=options().retention_webhook_logs_days)
    while callbacks.delete_received(before=before):
        pass
