"""The canonical text of each kind of row that is sealed; see docs/domains/proofs.md for the format.

PostgreSQL writes the text (COPY's text format), so that sealing moves rows in sets and anybody with ``psql``
can write the same. A line begins with the key as a UUID, the name and version of the format, and the instant
in microseconds since 1970, each of fixed width; so the three are found without parsing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

KEY_LENGTH: Final = 36
_AT_LENGTH: Final = 16
_KEY_BYTES: Final = 16
_PIECE: Final = 1_000
"""Lines that are read at a time, about: as many as fit into a processor's cache."""
GREATEST: Final = UUID(int=2**128 - 1)
LEAST: Final = UUID(int=0)


def _us(column: str) -> str:
    return f"(extract(epoch FROM {column}) * 1000000)::bigint"


@dataclass(frozen=True, slots=True)
class Source:
    """Describe one kind of rows: where they are, and how each is written."""

    name: str
    """As it stands in lines, parts of blocks and reports."""
    table: str
    key: str
    """SQL of the column that the rows are found by."""
    uuid: str
    """SQL of the key as a UUID."""
    at: str
    """SQL of the instant at which our clock says that the row was made."""
    rest: str
    """SQL of the further columns, in their order."""

    @property
    def tag(self) -> bytes:
        """Give the format's name and version as it stands in each line."""
        return f"{self.name}/1".encode()

    @property
    def at_slice(self) -> slice:
        """Tell where in a line the instant stands."""
        begin = KEY_LENGTH + 1 + len(self.tag) + 1
        return slice(begin, begin + _AT_LENGTH)

    @property
    def columns(self) -> str:
        """Give the SQL of a line's columns."""
        return f"{self.uuid}, '{self.tag.decode()}', {_us(self.at)}, {self.rest}"

    def bound(self, key: UUID) -> UUID | int:
        """Give a key as the column takes it."""
        return key


class NumberedSource(Source):
    """Describe rows that are found by a number, written as the UUID of this number."""

    __slots__ = ()

    def bound(self, key: UUID) -> UUID | int:
        """Give a key as the column takes it; what no number reaches is the greatest."""
        return min(key.int, 2**63 - 1)


ACCOUNT: Final = NumberedSource(
    "account",
    "ledger_account JOIN ledger_asset ON ledger_asset.id = ledger_account.asset_id",
    "ledger_account.id",
    "lpad(to_hex(ledger_account.id), 32, '0')::uuid",
    "created_at",
    "ledger_account.code, ledger_asset.code, ledger_asset.scale, kind",
)
TRANSFER: Final = Source(
    "transfer",
    "ledger_transfer",
    "id",
    "id",
    "at",
    "debit, credit, debit_version, credit_version, amount, debit_balance, credit_balance, kind, step, actor,"
    f" reference, group_id, hold_id, {_us('expires_at')}, debit_held, credit_held, memo, metadata",
)
REJECTION: Final = Source(
    "rejection",
    "ledger_rejection",
    "id",
    "id",
    "at",
    f"debit, credit, amount, kind, step, result, actor, reference, group_id, hold_id, {_us('expires_at')},"
    " memo, metadata",
)
AUDIT: Final = Source("audit", "audit_entry", "id", "id", "at", "actor, action, subject, detail")
SOURCES: Final = (ACCOUNT, TRANSFER, REJECTION, AUDIT)
"""In the order in which their rows stand within a block."""
BY_NAME: Final = {source.name: source for source in SOURCES}


def selection(source: Source, *, where: str, limit: int | None = None) -> str:
    """Give the statement that reads the rows that a condition chooses, in order of their keys."""
    return (
        f"SELECT {source.columns} FROM {source.table} WHERE {where}"  # noqa: S608 - all of it is ours
        f" ORDER BY {source.key}{f' LIMIT {limit}' if limit else ''}"
    )


def copy_lines(
    cursor: Any, source: Source, *, where: str, arguments: dict[str, Any], limit: int | None = None
) -> Iterator[bytes]:
    """Give the lines of the rows that a condition chooses, in order of their keys; the line feed included."""
    for piece in copy_pieces(cursor, source, where=where, arguments=arguments, limit=limit):
        yield from piece


def copy_pieces(
    cursor: Any, source: Source, *, where: str, arguments: dict[str, Any], limit: int | None = None
) -> Iterator[list[bytes]]:
    """Give the same lines in lists of one to two thousand, or fewer at the end."""
    statement = f"COPY ({selection(source, where=where, limit=limit)}) TO STDOUT"
    take = cursor.connection.pgconn.get_copy_data
    piece: list[bytes] = []
    with cursor.copy(statement, arguments) as copy:
        while row := copy.read():  # waits for the server
            piece.append(bytes(row))
            size = 1
            for _ in range(_PIECE):
                size, more = take(1)  # what is here already costs a third when it is not waited for
                if size <= 0:
                    break
                piece.append(bytes(more))
            if size < 0:
                _end(cursor.connection.pgconn)
                break
            if len(piece) >= _PIECE:
                yield piece
                piece = []
    if piece:
        yield piece


def _end(connection: Any) -> None:
    """Take the results that follow the last row of a COPY.

    :raises psycopg.Error: the statement failed on the way
    """
    while (result := connection.get_result()) is not None:
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result)


def key_texts(keys: bytes) -> list[bytes]:
    """Write keys of sixteen bytes each as they stand in lines."""
    digits = keys.hex().encode()
    starts = range(0, len(digits), 32)
    return [
        b"%b-%b-%b-%b-%b" % (cut[:8], cut[8:12], cut[12:16], cut[16:20], cut[20:])
        for cut in [digits[start : start + 32] for start in starts]
    ]


def split_keys(keys: bytes) -> list[bytes]:
    """Take keys of sixteen bytes each apart."""
    return [keys[start : start + _KEY_BYTES] for start in range(0, len(keys), _KEY_BYTES)]


def pack_keys(texts: Iterable[bytes]) -> bytes:
    """Put keys as they stand in lines together, sixteen bytes each."""
    return bytes.fromhex(b"".join(texts).replace(b"-", b"").decode())
