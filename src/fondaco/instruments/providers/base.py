"""What a provider of prices does."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from fondaco.instruments.types import DayPrice, Source


class ProviderUnavailable(Exception):
    """Say that prices cannot be had now; those that are known stay, and grow old visibly."""


class PriceProvider(Protocol):
    """Tell prices of today; stateless."""

    name: str
    source: Source

    def latest(self, symbols: Mapping[str, str], *, today: date) -> Sequence[DayPrice]:
        """Give today's prices so far, by our symbols with the provider's own; unknown ones are left out.

        :raises ProviderUnavailable: not now
        """
