"""Count against limits where no transfer comes along: in the caller's transaction, the counters locked."""

from collections.abc import Sequence

from django.db import connection

from fondaco.kit import clock
from fondaco.kit.django.script import Script
from fondaco.ledger import reading
from fondaco.ledger.batch import keep_usage
from fondaco.ledger.engine import Book
from fondaco.ledger.types import UsageClaim


def count(claims: Sequence[UsageClaim]) -> bool:
    """Count all claims, or none of them when one would pass its maximum; tell which.

    The counters stay locked until the transaction ends. They come before any account.

    :raises RuntimeError: no transaction is open
    """
    if not connection.in_atomic_block:
        raise RuntimeError("usage is counted in the transaction of what uses it")
    with connection.cursor() as cursor, connection.wrap_database_errors:
        script = Script(cursor.cursor)
        usage = reading.lock_usage(script, claims)
        book = Book(at=clock.now(), accounts={}, usage=usage)
        counted = book.claim(claims)
        keep_usage(script, book)
        script.run()
    return counted
