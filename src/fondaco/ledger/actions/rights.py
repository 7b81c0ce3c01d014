"""Who may touch which account when he posts to the books directly.

A bare ledger lives under ``custom:``. All other accounts belong to domains, whose own operations keep more
than the books in order; a transfer there is an adjustment and needs its right, a reason and evidence.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from fondaco.kit.errors import Forbidden, InvalidField
from fondaco.money import Money

CUSTOM_PREFIX: Final = "custom:"

AdjustmentGuard = Callable[[Sequence[Money]], None]
_guards: Final[list[AdjustmentGuard]] = []


@dataclass(frozen=True, slots=True)
class Basis:
    """Say what somebody may post, and why he does it."""

    may_adjust: bool
    """Whether accounts outside ``custom:`` may be touched."""
    reason: str = ""
    evidence: str = ""
    is_signed: bool = False
    """Whether all have signed it whom a policy wants to sign."""

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


def guard_adjustments(guard: AdjustmentGuard) -> None:
    """Ask a function before anything is adjusted by one person alone; what it raises refuses it."""
    if guard not in _guards:
        _guards.append(guard)


def check_adjustment(*, amounts: Iterable[Money], basis: Basis) -> None:
    """Pass silently when amounts, one for each asset, may be adjusted on this basis.

    :raises SignatureRequired: a policy wants somebody else's signature for them
    """
    moved = list(amounts)
    if moved and not basis.is_signed:
        for guard in _guards:
            guard(moved)
