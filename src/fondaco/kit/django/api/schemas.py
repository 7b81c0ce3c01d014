"""The types that operations are written with: strict bodies, text, amounts and identifiers on the wire."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from fondaco.kit import ids
from fondaco.kit.errors import InvalidField
from fondaco.money import Asset, InvalidAmount, Money

_AMOUNT: Final = re.compile(r"[0-9]{1,40}(\.[0-9]{1,18})?", re.ASCII)
_EXPONENT_MAX: Final = 40
"""A JSON number beyond it, such as 1e400, is never spelled out."""


class Strict(BaseModel):
    """Be the root of everything that comes in and goes out: unknown fields are refused by name."""

    model_config = ConfigDict(extra="forbid")


class _Storable:
    """Keep the pattern below out of the API's description, where it would only puzzle."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        described = handler(schema)
        described.pop("pattern", None)
        return described


STORABLE: Final = r"^[^\x00]*$"
"""No NUL. A string with a pattern is also refused when it holds half of a surrogate pair."""

Text = Annotated[str, StringConstraints(pattern=STORABLE), _Storable()]
"""A string that the database can hold; limit its length with ``Field(max_length=…)``."""


def _amount_text(value: object) -> str:
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int) or max(abs(exponent), value.adjusted()) > _EXPONENT_MAX:
            raise PydanticCustomError("amount", "An amount is finite and has at most 40 digits.")
        value = format(value, "f")
    elif type(value) is int:
        value = str(value)
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        raise PydanticCustomError("amount", "An amount is written as plain decimal digits.")
    if not value.strip("0."):
        raise PydanticCustomError("amount", "An amount is greater than zero.")
    return value


Amount = Annotated[
    str,
    BeforeValidator(_amount_text),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": f"^{_AMOUNT.pattern}$"},
                {"type": "number", "exclusiveMinimum": 0},
            ],
            "examples": ["12.34"],
            "description": "A positive amount in major units, such as dollars.",
        },
        mode="validation",
    ),
]
"""A positive amount in major units as plain digits; text or JSON number comes in, text goes on."""

Currency = Annotated[
    str, Field(pattern=r"^[A-Z][A-Z0-9]{1,15}(\.[A-Z0-9]{1,15})?$", examples=["USD"])
]
"""The code of an asset."""


class MoneyIn(Strict):
    """Take an amount and, unless the default fits, its currency. Bodies may extend it."""

    amount: Amount
    currency: Currency | None = None

    def to_money(
        self,
        default: Asset,
        find: Callable[[str], Asset | None] = lambda _code: None,
        *,
        within: str = "",
    ) -> Money:
        """Give the amount in the named currency, looked up with ``find``, or in the default one.

        ``within`` is the name of the field that holds this object, for the refusal.

        :raises InvalidField: the currency is unknown, or the amount has more places than it
        """
        prefix = f"{within}." if within else ""
        asset = default if self.currency in {None, default.code} else find(self.currency or "")
        if asset is None:
            raise InvalidField(f"{self.currency} is not taken here.", field=f"{prefix}currency")
        try:
            return Money.parse(self.amount, asset)
        except InvalidAmount as wrong:
            raise InvalidField(_sentence(str(wrong)), field=f"{prefix}amount") from None


class MoneyOut(Strict):
    """Show an amount: all places of the asset as text, never a float."""

    amount: str = Field(examples=["12.34"])
    currency: str = Field(examples=["USD"])

    @classmethod
    def of(cls, money: Money) -> "MoneyOut":
        """Show the amount."""
        return cls.model_construct(amount=money.to_text(), currency=money.asset.code)


@dataclass(frozen=True, slots=True)
class WireId:
    """Mark a UUID as an identifier with a prefix on the wire: ``Annotated[UUID, WireId("wal")]``.

    Comes in and goes out as ``wal_…``. In a path a wrong one answers 404, elsewhere 422.
    """

    prefix: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Read text, and let a UUID pass."""
        del source, handler
        return core_schema.no_info_before_validator_function(
            self._read,
            core_schema.is_instance_schema(UUID),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value: ids.encode(self.prefix, value), return_schema=core_schema.str_schema()
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the text."""
        del schema, handler
        letters = f"{self.prefix}_[0-9a-hjkmnp-tv-z]{{26}}"
        return {"type": "string", "pattern": f"^{letters}$"}

    def _read(self, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return ids.decode(self.prefix, value)
        except ids.InvalidId as wrong:
            raise PydanticCustomError(
                "wire_id", "{reason}", {"reason": _sentence(str(wrong))}
            ) from None


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
