"""Record what providers, banks and nodes say that they hold for the house."""

import re
from datetime import datetime
from typing import Final

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.errors import InvalidField
from fondaco.kit.ids import encode
from fondaco.ledger.queries import find_asset
from fondaco.money import InvalidAmount, Money
from fondaco.proofs.models import Holding
from fondaco.proofs.queries.solvency import get_holding
from fondaco.proofs.solvency import HOLDING_PREFIX, PLACES, Recorded

_PLACE: Final = re.compile(rf"({'|'.join(sorted(PLACES))}):[A-Za-z0-9_.-]{{1,60}}", re.ASCII)


def record_holding(
    *, place: str, currency: str, amount: str, at: datetime, source: str, by: Actor
) -> Recorded:
    """Keep a statement: what ``place`` held of an asset at an instant, and where that is written.

    The statement about the latest instant counts. The amount is in major units, and below zero where the
    house owes the provider.

    :raises InvalidField: the place is no provider, bank or node, the asset or amount cannot be taken, or the
        instant is still to come
    """
    asset = find_asset(code=currency)
    if asset is None:
        raise InvalidField(f"{currency} is not declared.", field="currency")
    if not _PLACE.fullmatch(place):
        raise InvalidField("A place is written like providers:kraken.", field="place")
    try:
        money = Money.parse(amount, asset)
    except InvalidAmount as error:
        sentence = str(error)
        raise InvalidField(f"{sentence[:1].upper()}{sentence[1:]}.", field="amount") from None
    now = clock.now()
    if at > now:
        raise InvalidField("A statement is about what was, not what will be.", field="at")
    with transaction.atomic():
        row = Holding.objects.create(
            place=place,
            asset=asset.code,
            scale=asset.scale,
            amount=money.minor,
            at=at,
            source=source,
            recorded_by=str(by),
            recorded_at=now,
        )
        audit.record(
            by=by,
            action="proofs.holding.record",
            subject=encode(HOLDING_PREFIX, row.id),
            detail={"place": place, "amount": str(money), "at": at.isoformat(), "source": source},
        )
    return get_holding(holding_id=row.id)
