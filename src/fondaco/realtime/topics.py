"""What can be subscribed to, by whom, and which events each topic shows.

A topic is divided into channels: what one customer sees of it, one pair of currencies, one side that signs.
Who subscribes is given the channels that are his, and an event goes to channels; both are decided here alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from fondaco.identity.types import customer_wire, user_wire
from fondaco.kit.access import Principal, require, require_customer
from fondaco.kit.django.audiences import audiences
from fondaco.kit.django.events import EventRow
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import decode
from fondaco.realtime.errors import TopicNotOffered, UnknownTopic
from fondaco.signing import queries as signing
from fondaco.signing.shapes import person_of
from fondaco.signing.types import PREFIX as REQUEST_PREFIX

BALANCES: Final = "balances"
ORDERS: Final = "orders"
RATES: Final = "rates"
DASHBOARD: Final = "dashboard"
SIGNATURES: Final = "signatures"
CHAT: Final = "chat"

HOUSE: Final = "house"
"""The channel of the house's own people."""

MONEY_MOVED: Final = frozenset(
    {
        "wallets.top_up.posted",
        "wallets.charge.posted",
        "wallets.charge.authorised",
        "wallets.charge.captured",
        "wallets.charge.voided",
        "wallets.charge.expired",
        "wallets.charge.refunded",
        "wallets.movement.posted",
        "orders.order.opened",
        "orders.order.moved",
        "exchange.order.placed",
        "exchange.order.filled",
        "exchange.order.failed",
        "investing.portfolio.changed",
        "investing.trade.done",
        "investing.dividend.paid",
        "investing.shares.split",
    }
)
"""What changes what somebody has or may spend; orders hold money and let it go."""
RATE_CHANGED: Final = "market.rate.changed"
"""Names its pair in the field ``pair``."""
_ORDER: Final = "orders.order."
_REQUEST: Final = "signing.request."


class Channel(NamedTuple):
    """Name the part of a topic that some people see."""

    topic: str
    part: str


def open_topic(name: str, who: Principal) -> frozenset[Channel]:
    """Give the channels of a topic that are this principal's.

    :raises UnknownTopic: there is no such topic
    :raises TopicNotOffered: there is one, but no conversation of that name
    :raises Forbidden: he may not see it
    """
    topic, colon, part = name.partition(":")
    if topic == RATES and part:
        return frozenset({Channel(RATES, part)})
    if topic == CHAT and part:
        raise TopicNotOffered(field="topics")
    find = None if colon else _CHANNELS.get(topic)
    if find is None:
        raise UnknownTopic(f"There is no topic {name[:50]}.", field="topics")
    return frozenset(Channel(topic, one) for one in find(who))


def channels_of(events: Sequence[EventRow]) -> list[frozenset[Channel]]:
    """Give for each event the channels in which it is shown; in their order."""
    concerned = audiences((event.type, event.data) for event in events)
    return [
        frozenset(_channels(event, whose)) for event, whose in zip(events, concerned, strict=True)
    ]


def may_see(who: Principal, channel: Channel, event: EventRow) -> bool:
    """Tell whether somebody in the channel may see this event; what a side signs is not all its people's."""
    if channel.topic != SIGNATURES:
        return True
    try:
        signing.get_request(
            request_id=decode(REQUEST_PREFIX, event.subject),
            seen_by=person_of(who),
            of_side=who.can("signing:read"),
        )
    except NotFound:
        return False
    return True


def _of_customer(permission: str) -> Callable[[Principal], Sequence[str]]:
    def find(who: Principal) -> Sequence[str]:
        return [customer_wire(require_customer(require(who, permission)))]

    return find


def _dashboard(who: Principal) -> Sequence[str]:
    if who.is_staff:
        require(who, "audit:read")
        return [HOUSE]
    return [customer_wire(require_customer(require(who, "events:read")))]


def _signatures(who: Principal) -> Sequence[str]:
    return [_side(who.customer_id), user_wire(who.user_id)]


_CHANNELS: Final[Mapping[str, Callable[[Principal], Sequence[str]]]] = {
    BALANCES: _of_customer("wallets:read"),
    ORDERS: _of_customer("orders:read"),
    DASHBOARD: _dashboard,
    SIGNATURES: _signatures,
}


def _channels(event: EventRow, whose: frozenset[str]) -> Iterator[Channel]:
    yield Channel(DASHBOARD, HOUSE)
    for customer in whose:
        yield Channel(DASHBOARD, customer)
        if event.type in MONEY_MOVED:
            yield Channel(BALANCES, customer)
        if event.type.startswith(_ORDER):
            yield Channel(ORDERS, customer)
    if event.type == RATE_CHANGED:
        yield Channel(RATES, str(event.data.get("pair")))
    if event.type.startswith(_REQUEST):
        yield from _signers(event)


def _signers(event: EventRow) -> Iterator[Channel]:
    """Give the sides that sign a request, and those who wrote it."""
    try:
        request = signing.get_request(request_id=decode(REQUEST_PREFIX, event.subject))
    except NotFound:
        return
    for owner in {stage.owner for stage in request.stages}:
        yield Channel(SIGNATURES, _side(owner))
    for user_id in {request.maker_id, request.author_id}:
        yield Channel(SIGNATURES, user_wire(user_id))


def _side(customer_id: UUID | None) -> str:
    return HOUSE if customer_id is None else customer_wire(customer_id)
