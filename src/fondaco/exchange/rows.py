"""Turn rows into what crosses the border."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from fondaco.exchange import models
from fondaco.exchange.states import BatchState, Cover, CoverState, Flavour
from fondaco.exchange.types import Batch, Covering, Exchange, Trade
from fondaco.money import Asset, Money
from fondaco.orders.types import Order


def exchange_of(row: models.ExchangeOrder, order: Order) -> Exchange:
    """Join an order's header and what is special to it."""
    spend = Asset.parse(row.spend)
    return Exchange(
        order=order,
        flavour=Flavour(row.flavour),
        net=Money(int(row.spend_minor), spend),
        fee=Money(int(row.fee_minor), spend),
        get=Money(int(row.get_minor), Asset.parse(row.get)),
        base_minor=int(row.base_minor),
        cover=Cover(row.cover),
        **_same(row, Exchange, ("order", "flavour", "net", "fee", "get", "base_minor", "cover")),
    )


def batch_of(row: models.Batch) -> Batch:
    """Describe a batch."""
    return Batch(
        state=BatchState(row.state),
        base=Asset.parse(row.base),
        quote=Asset.parse(row.quote),
        base_minor=int(row.base_minor),
        **_same(row, Batch, ("state", "base", "quote", "base_minor")),
    )


def covering_of(row: models.CoveringOrder) -> Covering:
    """Describe a covering order."""
    return Covering(
        state=CoverState(row.state),
        base_minor=int(row.base_minor),
        cost_minor=int(row.cost_minor),
        **_same(row, Covering, ("state", "base_minor", "cost_minor")),
    )


def trade_of(row: models.Fill) -> Trade:
    """Describe a trade."""
    return Trade(**_same(row, Trade))


def _same(row: object, described: Any, less: Iterable[str] = ()) -> dict[str, Any]:
    """Give what a row and what describes it have under the same name."""
    names = {field.name for field in fields(described)} - set(less)
    return {name: getattr(row, name) for name in names}
