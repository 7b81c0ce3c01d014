"""Ask libpq itself, where psycopg's cursors and generators would cost more than what is asked.

Statements go as they are, so only texts of our own making, or bound ones, come here. While it waits, other
threads are at work.
"""

from collections.abc import Sequence
from typing import Final

from psycopg import Error, OperationalError
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

_DONE: Final = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


def execute(pgconn: PGconn, statements: bytes) -> PGresult:
    """Execute statements in one round trip, and give the result of the last one.

    :raises psycopg.Error: one of them failed; those that follow it were not executed
    """
    result = pgconn.exec_(statements)
    if result.status not in _DONE:
        raise error_of(pgconn, result)
    return result


def execute_prepared(pgconn: PGconn, name: str, params: Sequence[object]) -> PGresult:
    """Execute a statement that the connection has prepared, in a transaction of its own.

    :raises psycopg.Error: it failed, and has done nothing
    """
    result = pgconn.exec_prepared(name.encode(), [str(param).encode() for param in params])
    if result.status not in _DONE:
        raise error_of(pgconn, result)
    return result


def error_of(pgconn: PGconn, result: PGresult) -> Error:
    """Give the error that a result tells of; a lost connection has none of the server's codes."""
    if pgconn.status == ConnStatus.BAD and not result.error_field(DiagnosticField.SQLSTATE):
        return OperationalError(result.get_error_message("utf-8"))
    return error_from_result(result, "utf-8")
