"""What proofs tell lower layers when the platform starts."""

from fondaco.ledger.actions.archive import guard_detaching
from fondaco.proofs.detaching import why_to_keep


def register() -> None:
    """Have partitions stay until blocks can stand for their rows."""
    guard_detaching(why_to_keep)
