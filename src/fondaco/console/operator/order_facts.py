"""What there is to know of an order besides its header, by its kind."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext_lazy as _

from fondaco.console.operator.facts import Fact
from fondaco.console.operator.naming import (
    batch_url,
    customer_url,
    name_of,
    order_url,
    transfer_url,
)
from fondaco.console.operator.order_deeds import EXCHANGING
from fondaco.exchange.queries.covers import find_share
from fondaco.exchange.queries.orders import get_exchange
from fondaco.identity.queries import get_customer
from fondaco.kit.ids import encode
from fondaco.ledger.types import TRANSFER_PREFIX
from fondaco.orders.types import Order


def facts_of(order: Order) -> Sequence[Fact]:
    """Give what is special to an order, the most telling first."""
    exchanging = _exchange(order) if order.kind in EXCHANGING else ()
    customer = get_customer(order.customer_id)
    return [
        Fact(_("Customer"), name_of(customer), customer_url(customer.id)),
        Fact(_("Fee"), order.fee),
        *exchanging,
        *_header(order),
        Fact(_("Number"), order.wire_id, is_code=True),
        Fact(_("Ordered"), order.created_at),
    ]


def _header(order: Order) -> Iterator[Fact]:
    for name, label in (("destination", _("Paid out to")), ("wallet", _("Wallet"))):
        if order.details.get(name):
            yield Fact(label, order.details[name])
    for name, label in (("refusal", _("Refused for")), ("evidence", _("Evidence"))):
        if order.details.get(name):
            yield Fact(label, order.details[name])
    if order.comment:
        yield Fact(_("Comment"), order.comment)
    if order.reference is not None:
        wire = encode(TRANSFER_PREFIX, order.reference)
        yield Fact(_("Transfer"), wire, transfer_url(order.reference))
    if order.repeats_id is not None:
        yield Fact(_("Repeats"), _("an earlier order"), order_url(order.repeats_id))


def _exchange(order: Order) -> Iterator[Fact]:
    shown = get_exchange(order_id=order.id)
    yield Fact(_("Pair"), shown.pair)
    yield Fact(_("Gets"), shown.get)
    yield Fact(_("Pays in all"), shown.total)
    yield Fact(_("Price"), shown.price)
    if shown.limit_price:
        yield Fact(_("Limit"), shown.limit_price)
    yield Fact(_("Covered"), shown.cover.label)
    if shown.batch_id is not None:
        yield Fact(_("Batch"), _("the batch that covers it"), batch_url(shown.batch_id))
    share = find_share(order_id=order.id)
    if share is not None:
        yield Fact(_("Bought for it"), share.base)
        yield Fact(_("Cost"), share.cost)
        if share.profit is not None:
            yield Fact(_("The house's gain"), share.profit)
