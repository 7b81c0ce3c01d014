"""How long a drill lasts: ``DRILL_SCALE`` 1 is the long form, ``make test`` runs a twentieth of it."""

import os
from typing import Final

SCALE: Final = float(os.environ.get("DRILL_SCALE", "0.05"))


def scaled(count: int, *, at_least: int = 1) -> int:
    """Give a count of the long form at the scale of this run."""
    return max(at_least, round(count * SCALE))
