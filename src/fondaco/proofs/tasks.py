"""What proofs do by the clock."""

from typing import Final

import structlog

from fondaco.kit import clock
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import jobs
from fondaco.proofs.actions import runs
from fondaco.proofs.actions.liabilities import forget_trees, make_liability_report
from fondaco.proofs.actions.seals import seal as close_blocks

run_verification: Final = runs.run_verification
"""Registered with the worker by being imported."""
_SEALING: Final = Actor(ActorKind.JOB, "proofs.seal")
_LIABILITIES: Final = Actor(ActorKind.JOB, "proofs.prove_liabilities")

log = structlog.get_logger(__name__)


@jobs.periodic("* * * * *")
@jobs.task(queue="proofs", once="seal")
def seal() -> None:
    """Close what was posted and done since the last block."""
    if close_blocks(by=_SEALING).missing:
        jobs.defer(seal_late)


@jobs.periodic("7 * * * *")
@jobs.task(queue="proofs", once="seal_late")
def seal_late() -> None:
    """Close what took long to commit, or is dated hours off by its caller; complain of what stays missing."""
    done = close_blocks(by=_SEALING, is_thorough=True)
    if done.missing:
        log.error("proofs.transfers.missing", transfers=done.missing)


@jobs.periodic("23 2 * * *")
@jobs.task(queue="proofs", once="prove_liabilities")
def prove_liabilities() -> None:
    """Publish what the house owes, and take trees away that are too old."""
    make_liability_report(by=_LIABILITIES)
    forget_trees(now=clock.now())
