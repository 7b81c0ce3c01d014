"""Defects that are put in on purpose, to show that a run finds them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from unittest.mock import patch

import psycopg

from fondaco.kit.django import idempotency, readers
from fondaco.ledger import engine
from fondaco.ledger.lines import Position
from fondaco.ledger.memory import Memory


def forget_keys(connection: "psycopg.Connection[Any]") -> None:
    """Have the platform forget which idempotency keys it has seen."""
    del connection
    patch.object(idempotency, "insert", lambda _cursor, _rows: None).start()
    patch.object(idempotency, "find", lambda _cursor, _keys: {}).start()


def ignore_versions(connection: "psycopg.Connection[Any]") -> None:
    """Have totals from memory written without the check that nobody else has posted meanwhile."""
    take = Memory.take

    def take_unchecked(memory: Memory, ids: Iterable[int]) -> dict[int, Position]:
        taken = take(memory, ids)
        for schema in _tenants(connection):
            asked = f'SELECT id, version FROM "{schema}".ledger_account WHERE id = ANY(%s)'  # noqa: S608 - our own schemas
            for id_, version in connection.execute(asked, [list(taken)]):
                taken[id_].version = version
        return taken

    patch.object(Memory, "take", take_unchecked).start()


def tell_twice(connection: "psycopg.Connection[Any]") -> None:
    """Have readers of events lose where they were."""
    del connection
    advance, calls = readers.Reader.advance, [0]

    def forgetful(reader: readers.Reader, to: readers.Position) -> None:
        calls[0] += 1
        if calls[0] % 7:
            advance(reader, to)

    patch.object(readers.Reader, "advance", forgetful).start()


def overdraw(connection: "psycopg.Connection[Any]") -> None:
    """Have accounts that must not fall below a floor do so by a little."""
    del connection
    apply_one = engine.Book._apply_one  # noqa: SLF001 - the defect

    def generous(book: engine.Book, *rest: Any) -> Any:
        for position in book.accounts.values():
            if position.floor == 0:
                position.floor = -100
        return apply_one(book, *rest)

    patch.object(engine.Book, "_apply_one", generous).start()


def _tenants(connection: "psycopg.Connection[Any]") -> list[str]:
    asked = "SELECT schema FROM public.tenancy_tenant WHERE name IN ('alpha', 'beta')"
    return [schema for (schema,) in connection.execute(asked)]


PLANTS: Final[Mapping[str, Callable[["psycopg.Connection[Any]"], None]]] = {
    "forget-keys": forget_keys,
    "ignore-versions": ignore_versions,
    "tell-twice": tell_twice,
    "overdraw": overdraw,
}
"""By the names that ``--plant`` takes."""
