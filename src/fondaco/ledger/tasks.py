"""What the ledger does by itself, in the worker."""

from typing import Final

import structlog

from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import jobs
from fondaco.ledger import actions, verify
from fondaco.ledger.actions.holds import BATCH

_EXPIRY: Final = Actor(ActorKind.JOB, "ledger.expire_holds")
_ROUNDS_MAX: Final = 50

log = structlog.get_logger(__name__)


@jobs.periodic("* * * * *")
@jobs.task(queue="ledger", once="expire_holds")
def expire_holds() -> None:
    """Release the holds that have run out."""
    for _ in range(_ROUNDS_MAX):
        if actions.expire_holds(by=_EXPIRY) < BATCH:
            return


@jobs.periodic("17 3 * * *")
@jobs.task(queue="ledger", once="make_partitions")
def make_partitions() -> None:
    """Make room for the coming months, and see that it is there."""
    for name in actions.make_partitions():
        log.info("ledger.partition.made", partition=name)
    for month in actions.find_missing_months():
        log.error("ledger.partition.missing", month=f"{month:%Y-%m}")


@jobs.periodic("29 3 * * *")
@jobs.task(queue="ledger", once="detach_partitions")
def detach_partitions() -> None:
    """Take old partitions off the table, where the option says so."""
    try:
        taken = actions.detach_partitions()
    except actions.OwnerRequired:
        log.exception("ledger.partition.not_detached")
        return
    for name in taken:
        log.info("ledger.partition.detached", partition=name)


@jobs.periodic("7 * * * *")
@jobs.task(queue="ledger", once="make_checkpoints")
def make_checkpoints() -> None:
    """Write down what accounts held at midnight; hourly, so that a worker that was away catches up."""
    for until in actions.make_checkpoints():
        log.info("ledger.checkpoints.made", until=until.isoformat())


@jobs.periodic("41 3 * * *")
@jobs.task(queue="ledger", once="check_references")
def check_references() -> None:
    """Look for rows that name an account, hold or transfer which is not there; no foreign keys do."""
    difference = verify.find_loose_reference()
    if difference is not None:
        log.error("ledger.reference.broken", difference=difference)
