"""Statements that travel together."""

from collections.abc import Iterator
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection, transaction
from psycopg import DataError

from fondaco.kit.django.script import Script

WORK_MEM = "1111kB"


@pytest.fixture
def script(tenant: object) -> Iterator[Script]:
    """Give a script in a transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        yield Script(cursor.cursor)


def fail(script: Script, *, after: str, is_sent: bool) -> None:
    """Break off a block after a statement."""
    with script.savepoint():
        script.execute(after)
        if is_sent:
            script.run()
        script.execute("SELECT 1 / 0")
        raise ZeroDivisionError


class TestASavepoint:
    @pytest.mark.parametrize("is_sent", [True, False])
    def test_leaves_nothing_of_a_block_that_failed(self, script: Script, *, is_sent: bool) -> None:
        """Whether or not the server has heard of it; the transaction goes on."""
        with pytest.raises(ZeroDivisionError):
            fail(script, after=f"SET LOCAL work_mem = '{WORK_MEM}'", is_sent=is_sent)
        script.execute("SHOW work_mem").run()
        ((shown,),) = script.fetch()
        assert shown != WORK_MEM


class TestParameters:
    @pytest.mark.parametrize(
        "param",
        [
            *(None, 0, 7, -7, 10**38, True, 1.5, Decimal("1.50"), uuid4(), [1, 2], ["a", None]),
            *("", "plain", "{1,2}", "50 %", "it's", 'say "so"', "back\\slash", "\n\t", "ü€🎉"),
        ],
    )
    def test_are_written_as_the_driver_writes_them(self, script: Script, param: object) -> None:
        """By themselves, and beside others that need care or none."""
        query = "SELECT %s::text, %s, %s, '100 %%'"
        for params in ((param, "plain", 1), (None, param, "it's")):
            script.execute(query, params)
            assert script._statements.pop() == script.cursor.mogrify(query, params)

    def test_with_a_zero_byte_are_refused(self, script: Script) -> None:
        """What follows it would never reach the server."""
        with pytest.raises(DataError):
            script.execute("SELECT %s", ("a\0b",))
