"""What verification does by the clock."""

from fondaco.kit.django import jobs
from fondaco.kyc import actions


@jobs.periodic("29 * * * *")
@jobs.task(queue="maintenance", once="seal_old_verifications")
def seal_old_verifications() -> None:
    """Seal a batch of what was kept before persons had keys of their own."""
    actions.seal_old()
