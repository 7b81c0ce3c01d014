"""Who is told when an operator has decided about an order that waits: domains register at start."""

from typing import Final, Protocol
from uuid import UUID

from fondaco.kit.access import Actor
from fondaco.policies.states import CaseState


class Told(Protocol):
    """Hear what an operator has decided about an order."""

    def __call__(self, *, reference: UUID, by: Actor) -> None:
        """Act on it; ``reference`` is what the check of policies was given."""


_told: Final[dict[tuple[str, CaseState], list[Told]]] = {}


def on_decided(
    operation: str, *, released: Told | None = None, rejected: Told | None = None
) -> None:
    """Have a domain told in the transaction of the operator's answer; again changes nothing.

    Several domains may have orders of one operation, and each leaves alone what is not its own.
    """
    for state, told in ((CaseState.RELEASED, released), (CaseState.REJECTED, rejected)):
        known = _told.setdefault((operation, state), [])
        if told is not None and told not in known:
            known.append(told)


def tell(*, operation: str, reference: UUID, state: CaseState, by: Actor) -> None:
    """Tell the operation's domains."""
    for told in _told.get((operation, state), ()):
        told(reference=reference, by=by)
