"""What connections do by the clock."""

from fondaco.connections import actions
from fondaco.kit.django import jobs


@jobs.periodic("17 * * * *")
@jobs.task(queue="maintenance", once="drop_credential_drafts")
def drop_credential_drafts() -> None:
    """Forget credentials that were handed in and never signed."""
    actions.drop_old_drafts()
