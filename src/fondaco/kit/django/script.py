"""Several statements in one message to the server, since waiting for each answer is what costs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, Protocol, Self

from psycopg.copy import LibpqWriter
from psycopg.postgres import types
from psycopg.pq import Format
from psycopg.types.json import JsonbLoader
from psycopg.types.numeric import IntLoader

from fondaco.kit.django import direct

_NUMERIC: Final = types["numeric"].oid


class Binding(Protocol):
    """Be a psycopg cursor that binds on the client's side."""

    def mogrify(self, query: Any, params: Any = None, /) -> str:
        """Give the statement with its parameters written out."""


class Asking(Binding, Protocol):
    """Be a connection that answers with one value, past the steps that any other statement takes."""

    def ask(self, statement: str, /) -> str | None:
        """Execute one statement, and give its only value."""


class Cursor(Binding, Protocol):
    """What a script needs of a psycopg cursor that binds on the client's side, Django's or its own."""

    @property
    def adapters(self) -> Any:
        """Give the place where loaders are registered."""

    @property
    def connection(self) -> Any:
        """Give psycopg's connection."""

    @property
    def pgresult(self) -> Any:
        """Give the present result."""

    def execute(self, query: Any, params: Any = None, /) -> Any:
        """Run statements."""

    def fetchall(self) -> Any:
        """Give the rows of the present result."""

    def nextset(self) -> Any:
        """Go to the next result."""

    def copy(self, statement: Any, /, *, writer: Any = None) -> Any:
        """Stream rows into a table."""


class Call(NamedTuple):
    """Call a prepared statement."""

    name: str
    params: tuple[object, ...]

    def write(self, cursor: Binding) -> str:
        """Write the call as a statement."""
        return bind(
            cursor, f"EXECUTE {self.name}({', '.join(['%s'] * len(self.params))})", self.params
        )


def prepare(adapters: Any) -> None:
    """Have whole numbers come as integers and JSON as objects: of one cursor, or of a connection's all."""
    adapters.register_loader("numeric", IntLoader)
    adapters.register_loader("jsonb", JsonbLoader)


class Script:
    """Collect statements until an answer is needed; it also serves where a cursor is asked to execute."""

    def __init__(self, cursor: Cursor) -> None:
        """Begin empty; whole numbers will come as integers and JSON as objects, whoever made the cursor."""
        # compared by name, since psycopg registers its own in C under it
        loader = cursor.adapters.get_loader(_NUMERIC, Format.TEXT)
        if loader is None or loader.__name__ != IntLoader.__name__:
            prepare(cursor.adapters)
        self.cursor = cursor
        self._statements: list[str | Call] = []
        self._rows: tuple[list[str | Call], str, Sequence[str]] | None = None
        self._has_run = False

    def execute(self, query: str, params: Any = None, /) -> Self:
        """Add one statement."""
        self._statements.append(bind(self.cursor, query, params) if params else query)
        return self

    def call(self, name: str, params: tuple[object, ...]) -> Self:
        """Add one call of a statement that the connection has prepared."""
        self._statements.append(Call(name, params))
        return self

    def copy(self, statement: str, rows: Sequence[str]) -> None:
        """Add rows that a COPY takes; one such stream may wait at a time."""
        self._rows, self._statements = (self._statements, statement, rows), []

    def send_rows(self, when_sent: Callable[[], None] = lambda: None) -> None:
        """Send what was collected up to the rows that wait, and the rows, but nothing that follows them.

        ``when_sent`` is called once all is on its way, while the server still works on it.
        """
        if self._rows is not None:
            (before, copy, rows), self._rows = self._rows, None
            self._send(before)
            at_once = LibpqWriter(self.cursor, flush_threshold=1)  # type: ignore[arg-type] # it is psycopg's
            with self.cursor.copy(copy, writer=at_once) as stream:
                stream.write("".join(rows))
                when_sent()

    def run(self) -> None:
        """Send what was collected; the cursor then stands on the first statement's result."""
        self.send_rows()
        statements, self._statements = self._statements, []
        self._send(statements)

    def finish(self) -> None:
        """Send what was collected past psycopg's steps, for statements whose answers nobody reads.

        A call that stands alone between a transaction's beginning and its commit is sent by itself: it is a
        transaction of its own, and the server need not read it as a text.
        """
        self.send_rows()
        statements, self._statements = self._statements, []
        pgconn = self.cursor.connection.pgconn
        match statements:
            case [str(), Call(name, params), "COMMIT"] if not self._has_run:
                direct.execute_prepared(pgconn, name, params)
            case [_, *_]:
                self._has_run = True
                direct.execute(pgconn, self._join(statements).encode())

    def _send(self, statements: Sequence[str | Call]) -> None:
        if statements:
            self._has_run = True
            self.cursor.execute(self._join(statements))

    def _join(self, statements: Sequence[str | Call]) -> str:
        return "; ".join(
            [one if isinstance(one, str) else one.write(self.cursor) for one in statements]
        )

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
            self._rows = None
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


def bind(cursor: Binding, query: str, params: Any) -> str:
    """Write the parameters into a statement: quickly what needs no care, else as the driver does."""
    if isinstance(params, tuple):
        written = [_literal(param) for param in params]
        if None not in written:
            return query % tuple(written)
    return cursor.mogrify(query, params)


def _literal(param: object) -> str | None:
    """Write a parameter as the driver would; none where that takes more than quotes around it."""
    if param is None:
        return "NULL"
    if type(param) is int and param >= 0:
        return str(param)
    if type(param) is str and not ("'" in param or "\\" in param or "\0" in param):
        return f"'{param}'"
    return None
