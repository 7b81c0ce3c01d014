"""What can be owned: a code and the number of decimal places in which it is counted."""

import re
from dataclasses import dataclass
from typing import Final, Self

SCALE_MAX: Final = 18
"""Ether has 18 places; no asset that anybody trades has more."""

_SCALES: Final = frozenset(map(str, range(SCALE_MAX + 1)))
_CODE: Final = re.compile(r"[A-Z][A-Z0-9]{1,15}(\.[A-Z0-9]{1,15})?", re.ASCII)


class InvalidAsset(ValueError):
    """Say that a code or scale cannot name an asset."""


@dataclass(frozen=True, slots=True)
class Asset:
    """Name an asset and its scale, such as ``USD/2``, ``BTC/8``, ``ETH/18`` or ``XNAS.AAPL/6``.

    :raises InvalidAsset: the code is not capital letters and digits (2–16, one namespace dot allowed), or
        the scale is not 0–18
    """

    code: str
    scale: int
    """Decimal places: one major unit is ``10 ** scale`` minor units."""

    def __post_init__(self) -> None:
        """Refuse what cannot name an asset."""
        if not _CODE.fullmatch(self.code):
            raise InvalidAsset(f"{self.code!r} is not an asset code")
        if type(self.scale) is not int or not 0 <= self.scale <= SCALE_MAX:
            raise InvalidAsset(f"{self.scale} is not a scale between 0 and {SCALE_MAX}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``CODE/scale``.

        :raises InvalidAsset: the text has another form
        """
        code, _, scale = text.partition("/")
        if scale not in _SCALES:
            raise InvalidAsset(f"{text!r} is not of the form CODE/scale")
        return cls(code, int(scale))

    @property
    def unit(self) -> int:
        """Give the number of minor units in one major unit."""
        return int(10**self.scale)

    def __str__(self) -> str:
        """Write ``CODE/scale``."""
        return f"{self.code}/{self.scale}"


SHIPPED: Final[tuple[Asset, ...]] = (
    Asset("USD", 2),
    Asset("EUR", 2),
    Asset("UAH", 2),
    Asset("RUB", 2),
    Asset("BTC", 8),
    Asset("ETH", 18),
    Asset("USDT", 6),
)
"""The assets that every new tenant knows; operators add others."""
