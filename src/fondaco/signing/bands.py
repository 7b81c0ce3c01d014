"""Which band of a policy an amount falls into; pure."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from fondaco.kit.errors import InvalidField
from fondaco.money import Money
from fondaco.signing.types import Band


def pick(bands: Sequence[Band], amount: Money | None) -> Band | None:
    """Give the band that an amount falls into; none where no band covers it.

    Once a currency has bands of its own, the band for all others says nothing about it.
    """
    code = amount.asset.code if amount is not None else ""
    own = [band for band in bands if band.currency == code]
    if amount is None or not own:
        own = [band for band in bands if not band.currency]
        return own[0] if own else None
    units = Decimal(amount.to_text())
    fitting = (b for b in own if b.low <= units and (b.high is None or units < b.high))
    return next(fitting, None)


def check(bands: Sequence[Band]) -> None:
    """Pass silently when no amount falls into two bands.

    :raises InvalidField: one does, or a band holds nothing
    """
    for number, band in enumerate(bands):
        if band.high is not None and band.high <= band.low:
            raise InvalidField("A band ends above its beginning.", field=f"bands.{number}.high")
        if not band.currency and (band.low or band.high is not None):
            raise InvalidField("Bounds are of a currency.", field=f"bands.{number}.currency")
    for code in {band.currency for band in bands}:
        own = sorted((b for b in bands if b.currency == code), key=lambda band: band.low)
        if any(first.high is None or first.high > after.low for first, after in pairwise(own)):
            raise InvalidField(f"Two bands of {code or 'no currency'} overlap.", field="bands")
