"""Look-ups ask what Django's cursors would, for the same tenant and in the same transaction."""

from contextvars import Context
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, strategies as st

from fondaco.kit.django import tenancy
from fondaco.kit.django.lookups import Lookup

pytestmark = pytest.mark.usefixtures("tenant")

ECHO = Lookup("SELECT $1::text, $2::bytea, $3::bigint, $4::uuid, $5::text[]")
TEXTS = st.text(st.characters(exclude_characters="\0", codec="utf-8"))


@given(text=TEXTS, raw=st.binary(), number=st.integers(-(2**63), 2**63 - 1), texts=st.lists(TEXTS))
def test_what_goes_in_comes_out(text: str, raw: bytes, number: int, texts: list[str]) -> None:
    one = uuid4()
    with tenancy.scope("alpha"):
        [row] = ECHO.rows(text, raw, number, one, texts)
    assert row == (text, raw, number, one, texts)


def test_arrays_of_bytes_and_ids() -> None:
    parts, ids = [b"", b'"\\{},', bytes(range(256))], [uuid4(), uuid4()]
    [row] = Lookup("SELECT $1::bytea[], $2::uuid[], $3::int[]").rows(parts, ids, [])
    assert row == (parts, ids, [])


def test_each_tenant_sees_its_own_schema(other_tenant: tenancy.TenantScope) -> None:
    name = Lookup("SELECT '{schema}.kit_event'::regclass::oid")
    [mine] = name.rows()
    with tenancy.scope(other_tenant):
        [others] = name.rows()
    assert mine != others


def test_no_tenant_no_look_up() -> None:
    with pytest.raises(tenancy.NoTenant):
        Context().run(ECHO.rows, "", b"", 0, uuid4(), [])


def test_it_is_part_of_the_callers_transaction() -> None:
    held = Lookup(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    )
    transaction_id = Lookup("SELECT txid_current()")
    with transaction.atomic():
        first = transaction_id.rows()
        assert transaction_id.rows() == first
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [uuid4().int % 2**31])
        assert held.rows() == [(1,)]
    assert held.rows() == [(0,)]
    assert transaction_id.rows() != first


def test_errors_are_djangos_and_the_connection_lives_on() -> None:
    with pytest.raises(DatabaseError, match="division by zero"):
        Lookup("SELECT 1 / $1::int").rows(0)
    assert Lookup("SELECT 1 / $1::int").rows(1) == [(1,)]


def test_wrappers_and_the_log_see_it() -> None:
    seen: list[Any] = []

    def watch(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        seen.append(params)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch), CaptureQueriesContext(connection) as log:
        Lookup("SELECT $1::int").rows(7)
    assert seen == [[b"7"]]
    assert [query["sql"] for query in log] == ["SELECT $1::int"]
