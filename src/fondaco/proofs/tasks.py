"""What proofs do by the clock."""

from typing import Final

from fondaco.kit import clock
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import jobs
from fondaco.proofs.actions.liabilities import forget_trees, make_liability_report

_LIABILITIES: Final = Actor(ActorKind.JOB, "proofs.prove_liabilities")


@jobs.periodic("23 2 * * *")
@jobs.task(queue="proofs", once="prove_liabilities")
def prove_liabilities() -> None:
    """Publish what the house owes, and take trees away that are too old."""
    make_liability_report(by=_LIABILITIES)
    forget_trees(now=clock.now())
