"""An amount of one asset.

ValueError
└── AmountError
    ├── InvalidAmount      what was sent is not an amount of this asset
    │   └── TooManyPlaces  it has more decimal places than the asset
    └── AssetMismatch      two assets met in one sum
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Self

from fondaco.money.assets import Asset
from fondaco.money.rounding import Rounding, divide

MINOR_MAX: Final = 10**39 - 1
"""What the column NUMERIC(39,0) holds."""

_EXPONENT_MAX: Final = 40
"""As many digits as the pattern takes."""
_DIGITS: Final = re.compile(r"(-?)([0-9]{1,40})(?:\.([0-9]{1,18}))?", re.ASCII)


class AmountError(ValueError):
    """Stand at the root of what can be wrong with an amount."""


class InvalidAmount(AmountError):
    """Say that a text or number is not an amount of the asset."""


class TooManyPlaces(InvalidAmount):
    """Say that a text has more decimal places than the asset."""


class AssetMismatch(AmountError):
    """Say that amounts of two assets met in one operation."""


@dataclass(frozen=True, slots=True)
class Money:
    """Hold an integer number of minor units of one asset."""

    minor: int
    asset: Asset

    def __post_init__(self) -> None:
        """Refuse what the ledger's column cannot hold, and anything that is not an integer."""
        if type(self.minor) is not int:
            raise InvalidAmount(f"{self.minor!r} is not a whole number of minor units")
        if abs(self.minor) > MINOR_MAX:
            raise InvalidAmount("the amount has more digits than any account can hold")

    @classmethod
    def zero(cls, asset: Asset) -> Self:
        """Give nothing of the asset."""
        return cls(0, asset)

    @classmethod
    def parse(cls, value: str | Decimal, asset: Asset) -> Self:
        """Read plain decimal digits in major units, such as ``"12.34"``; never rounds.

        :raises InvalidAmount: not plain digits, too long, or more places than the asset has
        """
        text = value if isinstance(value, str) else _plain(value)
        match = _DIGITS.fullmatch(text)
        if match is None:
            raise InvalidAmount("an amount is written as plain decimal digits")
        sign, whole, places = match[1], match[2], (match[3] or "").rstrip("0")
        if len(places) > asset.scale:
            raise TooManyPlaces(f"{asset.code} has {asset.scale} decimal places")
        minor = int(whole) * asset.unit + int(places.ljust(asset.scale, "0") or "0")
        return cls(-minor if sign else minor, asset)

    @property
    def is_positive(self) -> bool:
        """Tell whether there is more than nothing."""
        return self.minor > 0

    def to_decimal(self) -> Decimal:
        """Give the exact amount in major units."""
        return Decimal(self.to_text())

    def to_text(self) -> str:
        """Write the amount in major units with all places of the asset and no exponent."""
        whole, places = divmod(abs(self.minor), self.asset.unit)
        sign = "-" if self.minor < 0 else ""
        return (
            f"{sign}{whole}.{places:0{self.asset.scale}d}" if self.asset.scale else f"{sign}{whole}"
        )

    def share(self, numerator: int, denominator: int, *, rounding: Rounding) -> Self:
        """Give a fraction of the amount, such as 25/10,000 for 25 basis points.

        :raises ZeroDivisionError: the denominator is zero
        """
        return type(self)(
            divide(self.minor * numerator, denominator, rounding=rounding), self.asset
        )

    def convert(self, price: Decimal, to: Asset, *, rounding: Rounding) -> "Money":
        """Give the amount in another asset at a price of major units of ``to`` per major unit of this.

        :raises InvalidAmount: the price is not a positive finite number of at most 40 digits on either side
        """
        if not _is_spellable(price) or price <= 0:
            raise InvalidAmount("a price is positive and finite")
        numerator, denominator = price.as_integer_ratio()
        minor = divide(
            self.minor * numerator * to.unit, denominator * self.asset.unit, rounding=rounding
        )
        return Money(minor, to)

    def allocate(self, weights: Sequence[int]) -> list[Self]:
        """Split the amount by weights so that the parts sum to it exactly; earlier parts get the odd units.

        :raises InvalidAmount: no weight, a negative weight, or weights that sum to zero
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise InvalidAmount("weights are not negative and sum to more than zero")
        parts = [divide(self.minor * weight, total, rounding=Rounding.DOWN) for weight in weights]
        odd = self.minor - sum(parts)
        step = 1 if odd > 0 else -1
        for index in [i for i, weight in enumerate(weights) if weight][: abs(odd)]:
            parts[index] += step
        return [type(self)(part, self.asset) for part in parts]

    def __add__(self, other: Self) -> Self:
        """Add an amount of the same asset."""
        return type(self)(self.minor + self._same(other), self.asset)

    def __sub__(self, other: Self) -> Self:
        """Subtract an amount of the same asset."""
        return type(self)(self.minor - self._same(other), self.asset)

    def __neg__(self) -> Self:
        """Turn the sign."""
        return type(self)(-self.minor, self.asset)

    def __lt__(self, other: Self) -> bool:
        """Compare amounts of the same asset."""
        return self.minor < self._same(other)

    def __le__(self, other: Self) -> bool:
        """Compare amounts of the same asset."""
        return self.minor <= self._same(other)

    def __gt__(self, other: Self) -> bool:
        """Compare amounts of the same asset."""
        return self.minor > self._same(other)

    def __ge__(self, other: Self) -> bool:
        """Compare amounts of the same asset."""
        return self.minor >= self._same(other)

    def __str__(self) -> str:
        """Write the amount and its code, such as ``12.34 USD``."""
        return f"{self.to_text()} {self.asset.code}"

    def _same(self, other: Self) -> int:
        if not isinstance(other, Money):
            raise TypeError(f"an amount meets an amount, not {type(other).__name__}")
        if other.asset != self.asset:
            raise AssetMismatch(f"{self.asset} and {other.asset} cannot meet in one sum")
        return other.minor


@dataclass(frozen=True, slots=True, eq=False)
class Total(Money):
    """Hold a sum over many accounts, which may have more digits than one of them; equals the like amount."""

    def __post_init__(self) -> None:
        """Refuse anything that is not an integer."""
        if type(self.minor) is not int:
            raise InvalidAmount(f"{self.minor!r} is not a whole number of minor units")

    def __eq__(self, other: object) -> bool:
        """Compare by amount and asset."""
        if not isinstance(other, Money):
            return NotImplemented
        return (self.minor, self.asset) == (other.minor, other.asset)

    def __hash__(self) -> int:
        """Agree with equal amounts."""
        return hash((self.minor, self.asset))


def _plain(value: Decimal) -> str:
    if not _is_spellable(value):
        raise InvalidAmount("an amount is finite and has at most 40 digits")
    return format(value, "f")


def _is_spellable(value: Decimal) -> bool:
    """Tell whether the number can be written out; a bomb like 1e400 must not be."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and max(abs(exponent), value.adjusted()) <= _EXPONENT_MAX
