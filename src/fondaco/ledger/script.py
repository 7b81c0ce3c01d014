"""Several statements in one message to the server, since waiting for each answer is what costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol, Self

from psycopg.types.json import JsonbLoader
from psycopg.types.numeric import IntLoader


class Cursor(Protocol):
    """What the ledger needs of a psycopg cursor that binds on the client's side, Django's or its own."""

    @property
    def adapters(self) -> Any:
        """Give the place where loaders are registered."""

    @property
    def pgresult(self) -> Any:
        """Give the present result."""

    def execute(self, query: Any, params: Any = None, /) -> Any:
        """Run statements."""

    def mogrify(self, query: Any, params: Any = None, /) -> str:
        """Give the statement with its parameters written out."""

    def fetchall(self) -> Any:
        """Give the rows of the present result."""

    def nextset(self) -> Any:
        """Go to the next result."""

    def copy(self, statement: Any, /) -> Any:
        """Stream rows into a table."""


class Script:
    """Collect statements until an answer is needed; it also serves where a cursor is asked to execute."""

    def __init__(self, cursor: Cursor) -> None:
        """Begin empty; whole numbers will come as integers and JSON as objects, whoever made the cursor."""
        cursor.adapters.register_loader("numeric", IntLoader)
        cursor.adapters.register_loader("jsonb", JsonbLoader)
        self.cursor = cursor
        self._statements: list[str] = []
        self._has_run = False

    def execute(self, query: str, params: Any = None, /) -> Self:
        """Add one statement."""
        self._statements.append(self.cursor.mogrify(query, params) if params else query)
        return self

    def run(self) -> None:
        """Send what was collected; the cursor then stands on the first statement's result."""
        if self._statements:
            statements, self._statements = self._statements, []
            self._has_run = True
            self.cursor.execute("; ".join(statements))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo the block's statements when it fails; beginning and end travel with them."""
        self.execute("SAVEPOINT ledger")
        self._has_run = False
        try:
            yield
            self.execute("RELEASE SAVEPOINT ledger").run()
        except Exception:
            self._statements.clear()
            if self._has_run:
                self.cursor.execute("ROLLBACK TO SAVEPOINT ledger; RELEASE SAVEPOINT ledger")
            raise

    def fetch(self) -> list[Any]:
        """Give the rows of the next statement that has any, and go on to the one behind it."""
        while not self.cursor.pgresult.nfields and self.cursor.nextset():
            continue
        rows: list[Any] = self.cursor.fetchall()
        self.cursor.nextset()
        return rows
