"""Two operators at one row: whoever saves names the version that he saw."""

from fondaco.kit.errors import DomainError, Kind


class Outdated(DomainError):
    """Say that somebody else has changed it since it was read."""

    code = "outdated"
    kind = Kind.CONFLICT
    title = "Somebody else has changed this meanwhile; read it again."


def check_version(*, seen: int, present: int) -> None:
    """Pass silently when nothing has changed since it was read.

    :raises Outdated: something has
    """
    if seen != present:
        raise Outdated(field="version", facts={"version": present})
