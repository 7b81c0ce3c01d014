"""What identity does by the clock."""

from datetime import timedelta

from fondaco.identity import actions
from fondaco.kit import clock
from fondaco.kit.django import jobs
from fondaco.kit.options import options

_SESSIONS_PER_RUN = 50_000


@jobs.periodic("17 * * * *")
@jobs.task(queue="maintenance", once="purge_sessions")
def purge_sessions() -> None:
    """Delete sessions that have been over for longer than the retention."""
    before = clock.now() - timedelta(days=options().retention_sessions_days)
    actions.purge_sessions(before=before, limit=_SESSIONS_PER_RUN)
