"""Columns whose values are encrypted: written and read in clear, stored sealed for their table and column.

``_pyi_private_…`` are what django-stubs reads the types of a column from, with None where it is nullable.

They can be compared with nothing but NULL. What must be found again gets a second column with
``keyed_digest(purpose, text)``.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from django.apps import apps
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import ExpressionWrapper, F, Value

from fondaco.kit.django.envelope import is_current, seal, unseal
from fondaco.kit.django.keys import keyed_digest, keyed_digests

ROTATION_BATCH: Final = 500

Written = TypeVar("Written")
Read = TypeVar("Read")

if TYPE_CHECKING:
    _Column = models.Field[Written, Read]
else:

    class _Column(models.Field, Generic[Written, Read]):
        """Let the field take type arguments when the program runs, which Django's own does not."""


class _EncryptedField(_Column[Written, Read]):
    description = "Encrypted bytes"
    empty_strings_allowed = False

    def get_internal_type(self) -> str:
        return "BinaryField"

    def get_lookup(self, lookup_name: str) -> Any:
        # Every value has a nonce of its own: an equality test would quietly find nothing.
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def get_prep_value(self, value: Any) -> bytes | None:
        if value is None:
            return None
        return seal(self.to_bytes(value), context=self.context)

    def from_db_value(
        self, value: bytes | None, expression: object, connection: BaseDatabaseWrapper
    ) -> Any:
        del expression, connection
        return None if value is None else self.of_bytes(unseal(bytes(value), context=self.context))

    def value_to_string(self, obj: models.Model) -> str:
        # Dumped data keeps its seal.
        return base64.b64encode(self.get_prep_value(self.value_from_object(obj)) or b"").decode()

    @property
    def context(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"  # noqa: SLF001 - Django's documented model API

    def to_bytes(self, value: Any) -> bytes:
        raise NotImplementedError

    def of_bytes(self, plain: bytes) -> Any:
        raise NotImplementedError


class EncryptedTextField(_EncryptedField[Written, Read]):
    """Hold a text that the database, its backups and its operators cannot read."""

    description = "Encrypted text"
    _pyi_private_set_type: str
    _pyi_private_get_type: str

    def to_bytes(self, value: str) -> bytes:
        """Write the text as UTF-8."""
        return value.encode()

    def of_bytes(self, plain: bytes) -> str:
        """Read the text."""
        return plain.decode()


class EncryptedJSONField(_EncryptedField[Written, Read]):
    """Hold an object of JSON values that the database, its backups and its operators cannot read."""

    description = "Encrypted JSON object"
    _pyi_private_set_type: Mapping[str, Any]
    _pyi_private_get_type: Mapping[str, Any]

    def to_bytes(self, value: Mapping[str, Any]) -> bytes:
        """Write the object in its shortest form."""
        return json.dumps(dict(value), separators=(",", ":"), ensure_ascii=False).encode()

    def of_bytes(self, plain: bytes) -> Mapping[str, Any]:
        """Read the object."""
        found: dict[str, Any] = json.loads(plain)
        return found


def encrypted_columns() -> Iterator[tuple[type[models.Model], _EncryptedField[Any, Any]]]:
    """List all encrypted columns of the installed models."""
    for model in apps.get_models():
        for field in model._meta.local_fields:  # noqa: SLF001 - Django's documented model API
            if isinstance(field, _EncryptedField):
                yield model, field


_renewals: list[Callable[[], int]] = []


def on_rotation(renew: Callable[[], int]) -> None:
    """Have a domain renew what it derived from a key, such as the digests by which it finds secrets.

    ``renew`` runs in the tenant's scope, gives how many it renewed, and may be run again.
    """
    if renew not in _renewals:
        _renewals.append(renew)


def rotate_fields(*, batch: int = ROTATION_BATCH) -> int:
    """Seal all values of the present tenant again that an older key sealed; give their number.

    What domains derived from a key is renewed, too.

    Each batch of rows is its own transaction, so it may be stopped and run again.

    :raises UnknownKey: a value's key was taken away too early
    """
    renewed = sum(renew() for renew in _renewals)
    return renewed + sum(
        _rotate_column(model, field, batch) for model, field in encrypted_columns()
    )


def _rotate_column(model: type[models.Model], field: _EncryptedField[Any, Any], batch: int) -> int:
    changed, after = 0, None
    while True:
        with transaction.atomic():
            rows = _lock_batch(model, field, after, batch)
            if not rows:
                return changed
            stale = [(pk, bytes(raw)) for pk, raw in rows if not is_current(bytes(raw))]
            for pk, raw in stale:
                again = seal(unseal(raw, context=field.context), context=field.context)
                sealed = Value(again, output_field=models.BinaryField())
                model._default_manager.filter(pk=pk).update(**{field.name: sealed})  # noqa: SLF001 - documented
        changed, after = changed + len(stale), rows[-1][0]


def _lock_batch(
    model: type[models.Model], field: _EncryptedField[Any, Any], after: Any, batch: int
) -> Sequence[tuple[Any, bytes]]:
    raw = ExpressionWrapper(F(field.name), output_field=models.BinaryField())
    rows = model._default_manager.filter(**{f"{field.name}__isnull": False})  # noqa: SLF001 - documented
    rows = rows.filter(pk__gt=after) if after is not None else rows
    locked = rows.select_for_update().order_by("pk")
    return list(locked.annotate(_sealed=raw).values_list("pk", "_sealed")[:batch])


__all__ = [
    "EncryptedJSONField",
    "EncryptedTextField",
    "encrypted_columns",
    "keyed_digest",
    "keyed_digests",
    "on_rotation",
    "rotate_fields",
]
