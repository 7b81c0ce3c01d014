"""Statements that travel together."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

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
