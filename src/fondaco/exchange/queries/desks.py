"""How the house trades a pair: the desk's row, and the options for what it leaves open.

Remembered for a second, as rules and prices are: no purchase asks the database for it.
"""

import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from fondaco.exchange import models
from fondaco.exchange.states import AtAge, Cover
from fondaco.exchange.types import Desk
from fondaco.kit.django import tenancy
from fondaco.kit.options import options
from fondaco.money import Asset, Money, Rounding, divide

KEEP_S: Final = 1.0

_kept: Final[dict[str, tuple[float, Mapping[str, models.Desk]]]] = {}


def get_desk(*, pair: str, spend: Asset, base: Asset, quote: Asset) -> Desk:
    """Give the desk of a pair; one desk trades it in both directions.

    :param pair: the pair's name in the direction ``BASE_QUOTE``
    :param spend: what the customer pays with, which the threshold is in
    """
    row = _rows().get(pair)
    symbol = f"{base.code}/{quote.code}"
    chosen = options()
    if row is None:
        return Desk(
            pair=pair,
            symbol=symbol,
            cover=Cover.IMMEDIATE,
            venues=frozenset(),
            threshold=default_threshold(spend),
            age_max_s=chosen.exchange_batch_age_s,
            at_age=AtAge.TOP_UP,
            slip_bps=chosen.exchange_slip_bps,
            net_at_minor=0,
            position_max_minor=None,
        )
    return Desk(
        pair=pair,
        symbol=row.symbol or symbol,
        cover=Cover(row.cover),
        venues=frozenset(row.venues),
        threshold=_threshold(row, spend, quote),
        age_max_s=_chosen(row.age_max_s, chosen.exchange_batch_age_s),
        at_age=AtAge(row.at_age),
        slip_bps=_chosen(row.slip_bps, chosen.exchange_slip_bps),
        net_at_minor=int(row.net_at_minor or 0),
        position_max_minor=None if row.position_max_minor is None else int(row.position_max_minor),
    )


def default_threshold(spend: Asset) -> Money:
    """Give the total from which a purchase in this currency is covered alone, by the options."""
    listed = dict(one.split("=") for one in options().exchange_thresholds)
    units = Decimal(listed.get(spend.code, listed.get("*", "10")))
    numerator, denominator = units.as_integer_ratio()
    return Money(divide(numerator * spend.unit, denominator, rounding=Rounding.UP), spend)


def list_desks() -> list[models.Desk]:
    """Give the rows of all desks, in order of their pairs."""
    return list(models.Desk.objects.order_by("pair"))


def forget() -> None:
    """Read the desks anew next time: one of them was changed by this process."""
    _kept.clear()


def _rows() -> Mapping[str, models.Desk]:
    schema = tenancy.current().schema
    until, rows = _kept.get(schema, (0.0, {}))
    if time.monotonic() > until:
        rows = {row.pair: row for row in models.Desk.objects.all()}
        _kept[schema] = (time.monotonic() + KEEP_S, rows)
    return rows


def _threshold(row: models.Desk, spend: Asset, quote: Asset) -> Money:
    """Give the desk's threshold, which is in the quote currency; else the option's."""
    minor = row.threshold_minor
    is_own = minor is not None and spend == quote
    return Money(int(minor or 0), spend) if is_own else default_threshold(spend)


def _chosen(own: int | None, default: int) -> int:
    return default if own is None else own
