"""Promise an exchange, and keep the promise once."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import uuid7
from fondaco.market import models
from fondaco.market.errors import QuoteExpired, QuoteUsed
from fondaco.market.events import QuoteMade, QuoteTaken
from fondaco.market.queries.calculating import calculate
from fondaco.market.queries.pairs import get_pair
from fondaco.market.rows import show_quote, write_used
from fondaco.market.types import NO_TERMS, Calculation, Quote, Terms
from fondaco.money import Money


def make_quote(
    *,
    customer_id: UUID,
    pair: str,
    by: Actor,
    amount_to_get: Money | None = None,
    amount_to_spend: Money | None = None,
    terms: Terms = NO_TERMS,
    lifetime_s: int | None = None,
) -> Quote:
    """Promise a customer an exchange at today's price for a while.

    :param lifetime_s: how long (seconds); the pair's own unless given
    :raises DomainError: as ``calculate``
    """
    made = calculate(
        pair=pair, amount_to_get=amount_to_get, amount_to_spend=amount_to_spend, terms=terms
    )
    lasts = lifetime_s or get_pair(name=pair).terms.quote_lifetime_s
    with transaction.atomic():
        row = _write(made, customer_id=customer_id, lasts=timedelta(seconds=lasts))
        events.publish(
            QuoteMade(
                quote=row.id,
                customer=customer_id,
                pair=pair,
                to_get=made.to_get,
                to_spend=made.to_spend,
                expires_at=row.expires_at,
            ),
            by=by,
        )
    return show_quote(row)


def take_quote(*, quote_id: UUID, customer_id: UUID, by: Actor) -> Quote:
    """Use a quote for an order, in the transaction that makes the order.

    :raises NotFound: there is none, or it is another customer's
    :raises QuoteUsed: an order was made from it already
    :raises QuoteExpired: it is over
    :raises RuntimeError: no transaction is open, so that the quote could be used without the order
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a quote is taken in the transaction of the order that it is for")
    row = (
        models.Quote.objects.select_for_update(no_key=True)
        .filter(id=quote_id, customer_id=customer_id)
        .first()
    )
    if row is None:
        raise NotFound(field="quote")
    if row.taken_at is not None:
        raise QuoteUsed(field="quote")
    now = clock.now()
    if now >= row.expires_at:
        raise QuoteExpired(field="quote")
    row.taken_at = now
    models.Quote.objects.filter(id=row.id).update(taken_at=now)
    events.publish(QuoteTaken(quote=row.id, customer=customer_id, pair=row.pair), by=by)
    return show_quote(row)


def forget_quotes(*, before: timedelta, limit: int = 5_000) -> int:
    """Delete quotes that nobody took and that ended so long ago, at most ``limit``; gives how many."""
    ended = models.Quote.objects.filter(
        taken_at__isnull=True, expires_at__lt=clock.now() - before
    ).order_by("expires_at")
    chosen = list(ended.values_list("id", flat=True)[:limit])
    deleted, _ = models.Quote.objects.filter(id__in=chosen).delete()
    return deleted


def _write(made: Calculation, *, customer_id: UUID, lasts: timedelta) -> models.Quote:
    now = clock.now()
    return models.Quote.objects.create(
        id=uuid7(),
        customer_id=customer_id,
        pair=made.rate.pair,
        get_asset=str(made.to_get.asset),
        get_minor=made.to_get.minor,
        spend_asset=str(made.net.asset),
        net_minor=made.net.minor,
        fee_minor=made.fee.minor,
        price=made.rate.price,
        base_price=made.rate.base_price,
        sources=[write_used(one) for one in made.rate.sources],
        made_at=now,
        expires_at=now + lasts,
    )
