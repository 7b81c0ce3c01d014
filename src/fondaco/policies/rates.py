"""What amounts are worth in dollars: told by the caller, or by a source that a higher layer registers.

A limit in dollars is never guessed: an unknown or old rate refuses the operation.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from fondaco.kit.options import options
from fondaco.money import Asset, Money, Rounding
from fondaco.policies.errors import UsdRateStale
from fondaco.policies.types import USD, Facts, UsdRate

Source = Callable[[Asset], UsdRate | None]

_sources: Final[list[Source]] = []


def register(source: Source) -> None:
    """Ask this source for rates from now on; the latest one counts."""
    _sources[:] = [source]


def in_usd(amount: Money, *, facts: Facts, at: datetime, rounding: Rounding) -> Money:
    """Give an amount in dollars.

    :raises UsdRateStale: the rate is unknown or too old
    """
    asset = amount.asset
    if asset == USD:
        return amount
    return amount.convert(_fresh(asset, facts, at), USD, rounding=rounding)


def _fresh(asset: Asset, facts: Facts, at: datetime) -> Decimal:
    if asset.code == USD.code:
        return Decimal(1)
    known = facts.usd
    if known is None and _sources:
        known = _sources[0](asset)
    if known is None:
        raise UsdRateStale(facts={"currency": asset.code}, retry_after_s=5)
    until = known.valid_until
    if until is None:
        until = known.at + timedelta(seconds=options().policies_usd_rate_age_max_s)
    if at >= until:
        raise UsdRateStale(
            facts={"currency": asset.code, "rate_at": known.at.isoformat()}, retry_after_s=5
        )
    return known.rate
