"""The words for what a transfer is for: each domain declares its own when it is loaded."""

import re
from collections.abc import Iterable
from typing import Final

from fondaco.ledger.types import Transfer

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+", re.ASCII)

EXPIRE: Final = "ledger.expire"
"""The void of a hold whose time has run out."""

_declared: set[str] = {EXPIRE}


class UndeclaredKind(ValueError):
    """Say that a transfer is of a kind that no domain has declared; a mistake in our code."""


def declare_kind(name: str) -> str:
    """Let transfers be of a kind such as ``wallets.charge``; declaring it again changes nothing.

    :raises ValueError: the name is not of the form ``domain.kind``
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not of the form domain.kind")
    _declared.add(str(name))
    return name


def list_kinds() -> list[str]:
    """Give all declared kinds in order of their names."""
    return sorted(_declared)


def check_kinds(transfers: Iterable[Transfer]) -> None:
    """Pass silently when all kinds are declared.

    :raises UndeclaredKind: one is not
    """
    unknown = {transfer.kind for transfer in transfers if transfer.kind not in _declared}
    if unknown:
        raise UndeclaredKind(f"no domain has declared {', '.join(sorted(unknown))}")
