"""Who may touch which account when he posts to the books directly.

A bare ledger lives under ``custom:``. All other accounts belong to domains, whose own operations keep more
than the books in order; a transfer there is an adjustment and needs its right, a reason and evidence.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from fondaco.kit.errors import Forbidden, InvalidField

CUSTOM_PREFIX: Final = "custom:"


@dataclass(frozen=True, slots=True)
class Basis:
    """Say what somebody may post, and why he does it."""

    may_adjust: bool
    """Whether accounts outside ``custom:`` may be touched."""
    reason: str = ""
    evidence: str = ""

    @property
    def grounds(self) -> dict[str, str]:
        """Give reason and evidence as they are written down; nothing where there is none."""
        return {"reason": self.reason, "evidence": self.evidence} if self.reason else {}


def check_right(*, codes: Iterable[str], basis: Basis, field: str = "") -> bool:
    """Tell whether only accounts under ``custom:`` are touched; others need the right, reason and evidence.

    :raises Forbidden: the right is missing
    :raises InvalidField: the reason or the evidence is missing
    """
    if all(code.startswith(CUSTOM_PREFIX) for code in codes):
        return True
    if not basis.may_adjust:
        raise Forbidden(
            "Accounts outside custom: need the permission ledger:adjust.", field=field or None
        )
    for name in ("reason", "evidence"):
        if not getattr(basis, name):
            raise InvalidField("An adjustment names its reason and its evidence.", field=name)
    return False
