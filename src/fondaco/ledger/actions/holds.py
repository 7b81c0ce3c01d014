"""Release holds whose time has run out."""

from typing import Final

from django.db import transaction

from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.django.locks import retrying
from fondaco.kit.ids import uuid7
from fondaco.ledger import queries
from fondaco.ledger.actions.kinds import EXPIRE
from fondaco.ledger.actions.posting import post
from fondaco.ledger.events import HoldExpired
from fondaco.ledger.types import NO_ACCOUNT, Hold, Step, Transfer, TransferId

BATCH: Final = 200
"""Holds released in one transaction."""


def expire_holds(*, by: Actor, limit: int = BATCH) -> int:
    """Void the open holds that have run out, oldest first, at most ``limit``; gives how many it found."""
    holds = queries.list_holds(expired_at=clock.now(), limit=limit)
    if holds:
        retrying(lambda: _expire(holds, by))
    return len(holds)


def _expire(holds: list[Hold], by: Actor) -> None:
    voids = [
        Transfer(
            id=TransferId(uuid7()),
            debit=NO_ACCOUNT,
            credit=NO_ACCOUNT,
            amount=0,
            kind=EXPIRE,
            step=Step.VOID,
            hold_id=hold.id,
        )
        for hold in holds
    ]
    with transaction.atomic():
        for hold, outcome in zip(holds, post(voids, by=by), strict=True):
            if outcome.is_done:
                events.publish(HoldExpired(hold_id=hold.id), by=by)
