"""What credentials does by the clock, and the jobs that send codes and links."""

from fondaco.credentials import posting
from fondaco.credentials.actions import resets, upkeep
from fondaco.kit.django import jobs

SENDING = (posting.post_code, posting.post_reset, posting.post_registration)
"""Named here so that a worker knows them."""


@jobs.periodic("*/10 * * * *")
@jobs.task(queue="maintenance", once="perform_factor_resets")
def perform_factor_resets() -> None:
    """Carry out the resets of second factors whose day has passed."""
    resets.perform_due()


@jobs.periodic("43 * * * *")
@jobs.task(queue="maintenance", once="purge_challenges")
def purge_challenges() -> None:
    """Delete what is over."""
    upkeep.purge()
