"""Write orders as the books took them: header, steps, what is special to an exchange, and the events."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from fondaco.exchange.actions.waking import wake
from fondaco.exchange.events import OrderFilled, OrderPlaced
from fondaco.exchange.types import Exchange
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.django.arrays import plain_array, text_array
from fondaco.kit.django.events import EventRow
from fondaco.kit.ids import encode
from fondaco.orders.opening import Opened, open_orders
from fondaco.orders.states import OrderState
from fondaco.orders.types import NewOrder

_to_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

_COLUMNS: Final[Sequence[tuple[str, str, Callable[[Exchange], object]]]] = (
    ("order_id", "uuid", lambda one: one.order.id),
    ("wallet_id", "uuid", lambda one: one.wallet_id),
    ("quote_id", "uuid", lambda one: one.quote_id),
    ("hold_id", "uuid", lambda one: one.hold_id),
    ("spend_minor", "numeric", lambda one: one.net.minor),
    ("fee_minor", "numeric", lambda one: one.fee.minor),
    ("get_minor", "numeric", lambda one: one.get.minor),
    ("base_minor", "numeric", lambda one: one.base_minor),
    ("spend_account", "bigint", lambda one: one.spend_account),
    ("get_account", "bigint", lambda one: one.get_account),
    ("priced_at", "timestamptz", lambda one: one.priced_at.isoformat()),
    ("expires_at", "timestamptz", lambda one: one.expires_at and one.expires_at.isoformat()),
    ("queued_at", "timestamptz", lambda one: one.queued_at and one.queued_at.isoformat()),
    ("flavour", "text", lambda one: one.flavour.value),
    ("pair", "text", lambda one: one.pair),
    ("spend", "text", lambda one: str(one.net.asset)),
    ("get", "text", lambda one: str(one.get.asset)),
    ("price", "text", lambda one: one.price),
    ("limit_price", "text", lambda one: one.limit_price),
    ("fixed", "text", lambda one: one.fixed),
    ("symbol", "text", lambda one: one.symbol),
    ("cover", "text", lambda one: one.cover.value),
    ("sources", "jsonb", lambda one: _to_json(list(one.sources))),
)
"""Name, type and value of each column."""
_NAMES: Final = ", ".join(name for name, _, _ in _COLUMNS)
_INSERT: Final = f"""
    INSERT INTO exchange_exchangeorder ({_NAMES})
    SELECT * FROM unnest({", ".join(f"%s::{type_}[]" for _, type_, _ in _COLUMNS)})
"""  # noqa: S608 - the columns are ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Hold an order as it is to be written."""

    exchange: Exchange
    by: Actor
    refusal: str = ""
    """Why the books refused it; empty: they did not."""


def write_orders(taken: Sequence[Taken], /, *, at: datetime) -> None:
    """Write orders with their events in the caller's transaction, and wake who covers the large ones."""
    made = [one.exchange for one in taken]
    open_orders([_opened(one) for one in taken], at=at)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, _columns(made))
        events.insert(cursor, [row for one in taken for row in _events(one, at)])
    wake([one.order.id for one in made if one.order.state is OrderState.IN_PROGRESS])


def _opened(one: Taken) -> Opened:
    order = one.exchange.order
    return Opened(
        id=order.id,
        ask=NewOrder(
            kind=order.kind,
            customer_id=order.customer_id,
            amount=order.amount,
            fee=order.fee,
            comment=order.comment,
            callback_url=order.callback_url,
            repeats_id=order.repeats_id,
            details=order.details,
        ),
        state=order.state,
        by=one.by,
        reference=order.reference,
        reason=one.refusal,
    )


def _columns(made: Sequence[Exchange]) -> list[str]:
    return [
        text_array(str(value(one)) for one in made)
        if type_ in {"text", "jsonb"}
        else plain_array("NULL" if value(one) is None else value(one) for one in made)
        for _, type_, value in _COLUMNS
    ]


def _events(one: Taken, at: datetime) -> Iterator[EventRow]:
    if one.refusal:
        return
    order = one.exchange
    told = {
        "order": order.order.wire_id,
        "customer": encode("cus", order.order.customer_id),
        "pair": order.pair,
        "get": order.get,
        "paid": order.total,
        "price": order.price,
    }
    yield events.row(OrderPlaced(**told, flavour=order.flavour.value), by=one.by, at=at)  # type: ignore[arg-type] # one mapping for two events
    if order.order.state is OrderState.CLOSED:
        yield events.row(OrderFilled(**told), by=one.by, at=at)  # type: ignore[arg-type] # likewise
