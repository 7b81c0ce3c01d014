"""What policies do by the clock."""

from fondaco.kit.django import jobs
from fondaco.kit.options import options
from fondaco.policies.actions import risk


@jobs.periodic("41 3 * * *")
@jobs.task(queue="maintenance", once="forget_old_traces")
def forget_old_traces() -> None:
    """Drop what rules against fraud no longer look back at."""
    risk.forget_old(before_days=options().retention_risk_days)
