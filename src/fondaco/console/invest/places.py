"""What the pages of investors share: who may look, and how identifiers in their addresses are read."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from fondaco.kit.access import STAFF, Role
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import InvalidId, decode

CUSTOMERS: Final = tuple(role for role in Role if role not in STAFF)
SEE: Final = "wallets:read"
"""As over the API: to see what one holds, and to be advised."""
TRADE: Final = "wallets:spend"
"""To buy and sell, and to say how the portfolio is kept."""
LEVELS: Final[Sequence[str | Promise]] = (
    gettext_lazy("Preservation"),
    gettext_lazy("Very cautious"),
    gettext_lazy("Cautious"),
    gettext_lazy("Moderate"),
    gettext_lazy("Balanced"),
    gettext_lazy("Progressive"),
    gettext_lazy("Growth"),
    gettext_lazy("Dynamic"),
    gettext_lazy("Bold"),
    gettext_lazy("Maximum"),
)
"""The ten levels of risk in words, the least first."""


def wire(prefix: str, text: str) -> UUID:
    """Read an identifier of an address.

    :raises NotFound: it is none
    """
    try:
        return decode(prefix, text)
    except InvalidId:
        raise NotFound from None
