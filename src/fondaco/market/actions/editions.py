"""Tell every process that operators have changed something."""

from django.db import connection

from fondaco.market.board import forget_after_commit

_NEXT = """
    INSERT INTO market_edition (id, number) VALUES (1, 1)
    ON CONFLICT (id) DO UPDATE SET number = market_edition.number + 1
"""


def next_edition() -> None:
    """Have all processes read currencies, pairs and sources anew; last in a transaction, since it locks.

    This process does so as soon as the transaction commits, all others within a second.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEXT)
    forget_after_commit()
