"""Why a socket is closed by us."""

from enum import IntEnum


class Close(IntEnum):
    """Close codes: those of RFC 6455 where they fit, else 4000 + the HTTP status that means the same."""

    RESTART = 1012
    """The process stops; connect again. Sent by the server itself."""
    UNSUPPORTED = 1003
    """A binary message."""
    TOO_LARGE = 1009
    """A message of more than 20,000 bytes."""
    TRY_LATER = 1013
    """The client reads too slowly, or the platform cannot answer now; connect again after a pause."""
    UNAUTHENTICATED = 4401
    """The first message proved nobody, or the proof has ended since."""
    ORIGIN_REFUSED = 4403
    """A web page of this origin may not open sockets here."""
    UNKNOWN_TENANT = 4404
    """Nobody answers under this host name or path."""
    TIMEOUT = 4408
    """No first message within ten seconds, or no heartbeat."""
    TOO_MANY = 4429
    """More messages than anybody needs."""
