"""Quotes as they stand."""

from uuid import UUID

from fondaco.kit.errors import NotFound
from fondaco.market import models
from fondaco.market.rows import show_quote
from fondaco.market.types import Quote


def get_quote(*, quote_id: UUID, customer_id: UUID) -> Quote:
    """Give a customer's quote.

    :raises NotFound: there is none, or it is another customer's
    """
    row = models.Quote.objects.filter(id=quote_id, customer_id=customer_id).first()
    if row is None:
        raise NotFound
    return show_quote(row)
