"""Exchange at once, or place a limit order."""

from uuid import UUID

from django.db import transaction

from fondaco.exchange.actions import positions
from fondaco.exchange.actions.placing import Placing, place
from fondaco.exchange.types import Ask, Exchange
from fondaco.kit.access import Actor
from fondaco.market import queries as market


def exchange(*, customer_id: UUID, ask: Ask, by: Actor) -> Exchange:
    """Take an order; one that the books refuse is given back in the state ``error``.

    An exchange that takes the house's position past its limit is the last one: the pair is stopped with it.

    :raises DomainError: it is refused by price, rule or quote
    """
    with transaction.atomic():
        made = place(Placing(customer_id=customer_id, ask=ask, by=by))
        positions.check(pair=market.get_pair(name=made.pair))
    return made
