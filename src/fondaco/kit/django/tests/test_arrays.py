"""Arrays arrive in the database as they were, whatever is in them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from hypothesis import HealthCheck, given, settings, strategies as st

from fondaco.kit.django import tenancy
from fondaco.kit.django.arrays import bytes_array, plain_array, text_array

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
SINCE = datetime(1970, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone itself
several = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=60)


def through_the_database(array: str, kind: str) -> Any:
    with tenancy.scope("alpha"), connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}[]", [array])
        return cursor.fetchone()[0]


class TestArrays:
    @several
    @given(st.lists(TEXTS))
    def test_carry_any_text(self, values: list[str]) -> None:
        assert through_the_database(text_array(values), "text") == values

    def test_carry_what_looks_like_syntax(self) -> None:
        values = ["", "NULL", "{}", ",", '"', "\\", "a\nb", " x ", "é✓", '\\"', "'"]
        assert through_the_database(text_array(values), "text") == values

    @several
    @given(st.lists(st.binary()))
    def test_carry_any_bytes(self, values: list[bytes]) -> None:
        found = through_the_database(bytes_array(values), "bytea")
        assert [bytes(one) for one in found] == values

    @several
    @given(st.lists(st.integers(-(2**63), 2**63 - 1)))
    def test_carry_numbers(self, values: list[int]) -> None:
        assert through_the_database(plain_array(values), "bigint") == values

    @several
    @given(st.lists(st.uuids()))
    def test_carry_identifiers(self, values: list[UUID]) -> None:
        assert through_the_database(plain_array(values), "uuid") == values

    @several
    @given(st.lists(st.datetimes(SINCE, timezones=st.just(UTC))))
    def test_carry_instants(self, values: list[datetime]) -> None:
        array = plain_array([one.isoformat() for one in values])
        assert through_the_database(array, "timestamptz") == values
