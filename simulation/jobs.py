"""The worker's part: jobs that wait, jobs of the clock, and the relay of events."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final
from uuid import UUID

from django.db import close_old_connections

from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import jobs, relay, tasks as kit_tasks, tenancy
from fondaco.kit.django.jobs import Task
from fondaco.ledger import tasks as ledger_tasks
from fondaco.proofs import tasks as proofs_tasks
from fondaco.proofs.verification import verify
from fondaco.wallets import tasks as wallets_tasks
from fondaco.wallets.actions import cashouts
from fondaco.wallets.types import Grounds
from simulation.auditor import Auditor

_OPERATOR: Final = Actor(ActorKind.OPERATOR, "simulation")
_GROUNDS: Final = Grounds(reason="the bank said so", evidence="its statement")
_PASSES_MAX: Final = 50
_OF_THE_CLOCK: Final[Sequence[tuple[int, str, Task[[]]]]] = (
    (5, "expire_holds", ledger_tasks.expire_holds),
    (3, "expire_requests", wallets_tasks.expire_requests),
    (1, "make_partitions", ledger_tasks.make_partitions),
    (1, "make_checkpoints", ledger_tasks.make_checkpoints),
    (5, "seal", proofs_tasks.seal),
    (1, "seal_late", proofs_tasks.seal_late),
    (1, "prove_liabilities", proofs_tasks.prove_liabilities),
    (1, "check_references", ledger_tasks.check_references),
    (1, "make_event_months", kit_tasks.make_event_months),
    (1, "drop_old_events", kit_tasks.drop_old_events),
    (2, "forget_old_answers", kit_tasks.forget_old_answers),
    (1, "delete_old_callbacks", kit_tasks.delete_old_callbacks),
)
_WAITING: Final = """
    SELECT id, task_name, args FROM public.procrastinate_jobs
    WHERE status = 'todo' AND args->>'tenant' = '{tenant}' ORDER BY attempts, id LIMIT 1
"""
_FINISH: Final = "DELETE FROM public.procrastinate_jobs WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Hold a job that waits."""

    id: int
    name: str
    arguments: Mapping[str, Any]

    def run(self) -> None:
        """Run it as a worker does."""
        jobs.APP.tasks[self.name].func(**self.arguments)

    def __str__(self) -> str:
        """Write it for the trace, without identifiers."""
        return f"{self.name} {self.arguments.get('reference', '')}".strip()


class Jobs:
    """Choose and run jobs."""

    def __init__(self, random: Random) -> None:
        """Take the generator."""
        self._random = random
        self._relay = relay.Relay()

    def choose(self) -> tuple[str, Callable[[str], None]]:
        """Give a job of the clock, to be run for a tenant."""
        weights = [weight for weight, _, _ in _OF_THE_CLOCK]
        ((_, name, task),) = self._random.choices(_OF_THE_CLOCK, weights)
        return name, lambda tenant: _run(task, tenant)

    def make_partitions(self, tenant: str) -> None:
        """Make room for the virtual months to come."""
        _run(ledger_tasks.make_partitions, tenant)

    def find_waiting(self, auditor: Auditor, tenant: str) -> Waiting | None:
        """Give the job that waits longest, or none."""
        for id_, name, arguments in auditor.rows(_WAITING.format(tenant=tenant)):
            told = arguments if isinstance(arguments, dict) else json.loads(arguments)
            return Waiting(id_, name, told)
        return None

    def finish(self, auditor: Auditor, waiting: Waiting) -> None:
        """Take a job off the queue."""
        auditor.execute(_FINISH, waiting.id)

    def relay_all(self) -> None:
        """Deliver until nothing is left to deliver."""
        for _ in range(_PASSES_MAX):
            if not self._relay.run_once():
                return


def end_cash_out(tenant: str, verb: str, order_id: UUID) -> None:
    """Record what became of a cash-out."""
    end = cashouts.confirm_cash_out if verb == "confirm" else cashouts.reject_cash_out
    with tenancy.scope(tenant):
        end(order_id=order_id, grounds=_GROUNDS, by=_OPERATOR)


def verify_all() -> str | None:
    """Seal what is left, and have the platform verify books and chain; gives what it complains of."""
    proofs_tasks.seal_late()
    return verify().difference


def _run(task: "Task[[]]", tenant: str) -> None:
    close_old_connections()  # as a worker does before each job
    with tenancy.scope(tenant):
        task()
