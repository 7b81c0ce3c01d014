"""Work of the workers beside the jobs that events bring."""

from datetime import timedelta

from fondaco.kit import clock
from fondaco.kit.django import jobs
from fondaco.kit.options import options
from fondaco.webhooks import actions
from fondaco.webhooks.actions.routing import QUEUE, deliver_endpoint
from fondaco.webhooks.actions.trying import list_due_endpoints


@jobs.periodic("* * * * * */5")
@jobs.task(queue=QUEUE, retry=jobs.NEVER)
def deliver_what_is_due() -> None:
    """Wake each endpoint at which a retry is due, or whose worker died."""
    for endpoint_id in list_due_endpoints():
        jobs.defer(deliver_endpoint, endpoint_id=str(endpoint_id))


@jobs.periodic("40 3 * * *")
@jobs.task(queue=QUEUE, retry=jobs.NEVER)
def forget_old_deliveries() -> None:
    """Delete deliveries that ended longer ago than they are kept."""
    before = clock.now() - timedelta(days=options().retention_webhook_logs_days)
    while actions.delete_ended(before=before):
        pass
