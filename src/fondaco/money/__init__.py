"""Assets, amounts and rounding, in pure Python.

Invariants: an amount is an integer number of minor units and knows its asset; amounts of two assets never
meet; whoever divides names the rounding. Not for prices' sources, currencies' settings or anything stored.
"""

from fondaco.money.amounts import (
    AmountError,
    AssetMismatch,
    InvalidAmount,
    Money,
    TooManyPlaces,
    Total,
)
from fondaco.money.assets import SHIPPED, Asset, InvalidAsset
from fondaco.money.rounding import Rounding, divide

__all__ = [
    "SHIPPED",
    "AmountError",
    "Asset",
    "AssetMismatch",
    "InvalidAmount",
    "InvalidAsset",
    "Money",
    "Rounding",
    "TooManyPlaces",
    "Total",
    "divide",
]
