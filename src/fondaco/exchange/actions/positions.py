"""Watch what the house has sold beyond what it bought, and stop a pair before that grows too large."""

from typing import Final

from django.db import transaction

from fondaco.exchange.actions.terms import desk_of
from fondaco.exchange.events import PositionLimitPassed
from fondaco.exchange.queries.desks import list_desks
from fondaco.exchange.queries.positions import get_position
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import events
from fondaco.kit.errors import NotFound
from fondaco.ledger import queries as ledger
from fondaco.market import actions as market_actions, queries as market
from fondaco.market.types import MarketPair
from fondaco.money import Money

WATCHER: Final = Actor(ActorKind.JOB, "exchange.watch_positions")


def watch(*, by: Actor = WATCHER) -> list[str]:
    """Check every desk that has a limit; gives the pairs that were stopped."""
    stopped = []
    for row in list_desks():
        if row.position_max_minor is None:
            continue
        pair = market.find_pair(name=row.pair)
        if pair is not None and check(pair=pair, by=by):
            stopped.append(pair.name)
    return stopped


def check(*, pair: MarketPair, by: Actor = WATCHER) -> bool:
    """Suspend a pair when the position in its base currency is past its limit; gives whether it was now."""
    desk = desk_of(pair)
    if desk.position_max_minor is None or pair.is_suspended:
        return False
    try:
        asset = ledger.get_asset(code=desk.base_code)
    except NotFound:
        return False
    position, limit = get_position(asset=asset), Money(desk.position_max_minor, asset)
    if abs(position.minor) <= limit.minor:
        return False
    reason = f"The house's position of {position} is past its limit of {limit}."
    told = PositionLimitPassed(
        currency=desk.base_code, position=position, limit=limit, pair=pair.name
    )
    with transaction.atomic():
        is_first = market_actions.suspend_once(name=pair.name, reason=reason, by=by)
        if is_first:
            events.publish(told, by=by)
    return is_first
