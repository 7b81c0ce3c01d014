"""Encrypted columns: sealed in the table, clear in Python, sealed again under a new key."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import connection

from fondaco.kit import clock, options
from fondaco.kit.django import tenancy
from fondaco.kit.django.envelope import SealBroken, is_current
from fondaco.kit.django.fields import EncryptedTextField, encrypted_columns, rotate_fields
from fondaco.kit.django.keys import UnknownKey
from fondaco.kit.django.models import Delivery
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.kit.ids import uuid7

OLD = "old:" + "A" * 43 + "="
NEW = "new:" + "B" * 42 + "A="
SECRET = {"text": "Ω 314159", "n": 1}


@pytest.fixture(scope="module")
def house(fresh_tenant: Callable[..., TenantScope]) -> TenantScope:
    with options.override(encryption_keys=OLD):
        return fresh_tenant()


@pytest.fixture
def _only_ours(house: TenantScope) -> Iterator[None]:
    # Rotation looks at all rows of a tenant, and those of other tests have keys of their own.
    with options.override(encryption_keys=OLD), tenancy.scope(house):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM kit_delivery")  # without opening what a test has altered
        yield


def make() -> UUID:
    now = clock.now()
    row = Delivery.objects.create(
        id=uuid7(),
        channel="email",
        purpose="x",
        recipient_hint="…",
        content=SECRET,
        due_at=now,
        expires_at=now + timedelta(hours=1),
        created_at=now,
    )
    return row.id


def raw(row_id: UUID) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM kit_delivery WHERE id = %s", [row_id])
        return bytes(cursor.fetchone()[0])


def put_raw(row_id: UUID, sealed: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kit_delivery SET content = %s WHERE id = %s", [sealed, row_id])


@pytest.mark.usefixtures("_only_ours")
class TestEncryptedJSONField:
    def test_is_clear_in_python_and_sealed_in_the_table(self) -> None:
        row_id = make()
        assert Delivery.objects.get(pk=row_id).content == SECRET
        assert b"314159" not in raw(row_id)

    def test_can_be_empty(self) -> None:
        row_id = make()
        Delivery.objects.filter(pk=row_id).update(content=None)
        assert Delivery.objects.get(pk=row_id).content is None
        assert Delivery.objects.filter(content__isnull=True).count() == 1

    def test_does_not_show_what_was_altered(self) -> None:
        row_id = make()
        sealed = bytearray(raw(row_id))
        sealed[-1] ^= 1
        put_raw(row_id, bytes(sealed))
        with pytest.raises(SealBroken):
            Delivery.objects.get(pk=row_id)

    @pytest.mark.parametrize("lookup", ["content", "content__contains", "content__in"])
    def test_cannot_be_searched(self, lookup: str) -> None:
        with pytest.raises(FieldError):
            Delivery.objects.filter(**{lookup: SECRET}).exists()

    def test_keeps_its_seal_in_dumped_data(self) -> None:
        make()
        assert "314159" not in serializers.serialize("json", Delivery.objects.all())


class TestEncryptedTextField:
    def test_writes_text_as_it_is(self) -> None:
        field = EncryptedTextField()
        field.model, field.column = Delivery, "note"
        with options.override(encryption_keys=OLD):
            sealed = field.get_prep_value("")
            assert sealed
            assert field.from_db_value(sealed, None, connection) == ""
            assert field.get_prep_value(None) is None
            assert field.from_db_value(None, None, connection) is None

    def test_does_not_open_in_another_column(self) -> None:
        one, other = EncryptedTextField(), EncryptedTextField()
        one.model, one.column = Delivery, "one"
        other.model, other.column = Delivery, "other"
        with options.override(encryption_keys=OLD), pytest.raises(SealBroken):
            other.from_db_value(one.get_prep_value("x"), None, connection)


@pytest.mark.usefixtures("_only_ours")
class TestRotateFields:
    def test_seals_all_rows_with_the_new_key_in_batches(self) -> None:
        rows = [make() for _ in range(7)]
        with options.override(encryption_keys=f"{NEW},{OLD}"):
            fresh = make()
            before = raw(fresh)
            assert rotate_fields(batch=3) == 7
            assert rotate_fields(batch=3) == 0
            assert all(is_current(raw(row)) for row in rows)
            assert raw(fresh) == before
        with options.override(encryption_keys=NEW):
            assert [Delivery.objects.get(pk=row).content for row in rows] == [SECRET] * 7

    def test_stops_at_a_key_that_was_taken_away_too_early(self) -> None:
        row_id = make()
        with options.override(encryption_keys=NEW), pytest.raises(UnknownKey):
            rotate_fields()
        assert Delivery.objects.get(pk=row_id).content == SECRET

    def test_covers_every_encrypted_column(self) -> None:
        found = {(model, field.name) for model, field in encrypted_columns()}
        assert (Delivery, "content") in found
