"""How large a body may be: one limit for all paths, a larger one for the few that take many things at once.

The middleware refuses by the headers, before anything is read.
"""

from collections.abc import Callable
from typing import Final

from fondaco.kit.options import Options, options

READ: Final = "fondaco.body"
"""Under this name our server leaves a body that it has read whole; Django need not read it again."""

_larger: Final[dict[str, Callable[[Options], int]]] = {}


def allow(path: str, limit: Callable[[Options], int]) -> None:
    """Give a path a limit of its own, which an option tells."""
    _larger[path] = limit


def limit_of(path: str) -> int:
    """Give the most bytes that a body of a path may have."""
    chosen = options()
    own = _larger.get(path)
    return chosen.body_bytes_max if own is None else own(chosen)
