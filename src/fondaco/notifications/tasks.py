"""Periodic work: what is due and nobody was woken for, mailings, old messages."""

from datetime import timedelta

from fondaco.kit import clock
from fondaco.kit.django import jobs
from fondaco.kit.options import options
from fondaco.notifications import actions, queries
from fondaco.notifications.actions.delivering import QUEUE, send_channel


@jobs.periodic("* * * * * */5")
@jobs.task(queue=QUEUE, retry=jobs.NEVER)
def send_what_is_due() -> None:
    """Wake each channel by which a retry is due, or whose worker died."""
    for channel in actions.list_due_channels():
        jobs.defer(send_channel, channel=channel.value)


@jobs.periodic("* * * * * */5")
@jobs.task(queue=QUEUE, retry=jobs.NEVER)
def advance_mailings() -> None:
    """Have each mailing that is under way go through its next people."""
    for mailing_id in queries.list_running():
        actions.advance(mailing_id=mailing_id)


@jobs.periodic("50 3 * * *")
@jobs.task(queue=QUEUE, retry=jobs.NEVER)
def forget_old_messages() -> None:
    """Delete messages that ended longer ago than they are kept."""
    before = clock.now() - timedelta(days=options().retention_deliveries_days)
    while actions.delete_old(before=before):
        pass
