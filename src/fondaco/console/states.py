"""How states are said on pages: a word, and a class that gives it shape and colour."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as said

_GOOD: Final = "good"
_BAD: Final = "bad"
_WARN: Final = "warn"
_INFO: Final = "info"

STATES: Final[dict[str, tuple[str, str | Promise]]] = {
    # wallets
    "open": (_GOOD, said("open")),
    "frozen": (_WARN, said("frozen")),
    "blocked": (_BAD, said("blocked")),
    # orders
    "new": ("", said("new")),
    "waiting_for_price": (_INFO, said("waiting for its price")),
    "aggregated": (_INFO, said("gathered with others")),
    "in_progress": (_INFO, said("under way")),
    "waiting_for_operator": (_WARN, said("looked at by our people")),
    "cancelling": (_INFO, said("being taken back")),
    "closed": (_GOOD, said("done")),
    "error": (_BAD, said("failed")),
    "cancelled": ("", said("taken back")),
    "expired": ("", said("expired")),
    "rejected": (_BAD, said("refused")),
    # payment requests
    "asked": (_INFO, said("waiting for an answer")),
    "accepted": (_GOOD, said("paid")),
    "declined": (_BAD, said("declined")),
    "withdrawn": ("", said("taken back")),
}
"""States whose words are the same wherever they stand; a closed wallet names its own."""
