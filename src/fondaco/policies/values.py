"""What a rule can say: one shape, all of it optional; the database holds what it accepts."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fondaco.policies.types import Buyback, FeePayer

LIMITS: Final = ("min", "max", "day_max", "month_max", "total_max")
COUNTS: Final = ("day_count", "month_count", "total_count")
FEES: Final = ("fee_bps", "fee_fixed", "fee_min", "fee_max", "fee_payer")

Amount = Annotated[
    Decimal, Field(ge=0, max_digits=39, decimal_places=18, allow_inf_nan=False, examples=["100.00"])
]
Times = Annotated[int, Field(ge=0, le=10**9)]


class RuleValues(BaseModel):
    """Say what a rule sets; what is absent is left to wider rules. Amounts are in major units."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool | None = None
    reason: Annotated[str, Field(max_length=300, pattern=r"^[^\x00]*$")] | None = Field(
        default=None, description="Shown to the customer while it is not enabled."
    )
    in_usd: bool = Field(
        default=False, description="The row's limits are dollars' worth, whatever the currency."
    )
    min: Amount | None = None
    max: Amount | None = None
    day_max: Amount | None = Field(default=None, description="In a calendar day of the house.")
    month_max: Amount | None = None
    total_max: Amount | None = Field(default=None, description="Ever.")
    day_count: Times | None = None
    month_count: Times | None = None
    total_count: Times | None = None
    fee_bps: Annotated[int, Field(ge=0, le=10_000)] | None = Field(
        default=None, description="Hundredths of a per cent."
    )
    fee_fixed: Amount | None = None
    fee_min: Amount | None = None
    fee_max: Amount | None = None
    fee_payer: FeePayer | None = None
    needs_operator: bool | None = None
    needs_code: bool | None = None
    confirmations: Annotated[int, Field(ge=0, le=10_000)] | None = None
    cancel_allowed: bool | None = None
    repeat_allowed: bool | None = None
    auto_convert_to: (
        Annotated[str, Field(pattern=r"^([A-Z][A-Z0-9]{1,15}(\.[A-Z0-9]{1,15})?)?$")] | None
    ) = None
    buyback: Buyback | None = None
    price_markup_bps: Annotated[int, Field(ge=-10_000, le=10_000)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        said = self.said()
        if not said:
            raise ValueError("A rule says something.")
        if self.in_usd and not any(name in said for name in LIMITS):
            raise ValueError("What is in dollars is a limit.")
        for low, high in (("min", "max"), ("fee_min", "fee_max")):
            if low in said and high in said and Decimal(said[low]) > Decimal(said[high]):
                raise ValueError(f"{low} is not above {high}.")
        return self

    def said(self) -> dict[str, Any]:
        """Give what is said as JSON has it, without what is absent."""
        written = self.model_dump(mode="json", exclude_none=True, exclude={"in_usd"})
        return {
            name: format(Decimal(value), "f") if name in _AMOUNTS else value
            for name, value in written.items()
        }

    def stored(self) -> dict[str, Any]:
        """Give what the row holds."""
        return {**self.said(), **({"in_usd": True} if self.in_usd else {})}


_AMOUNTS: Final = frozenset({*LIMITS, "fee_fixed", "fee_min", "fee_max"})
SETTABLE: Final = tuple(name for name in RuleValues.model_fields if name != "in_usd")
"""The fields that are resolved one by one."""


def needs_currency(values: Mapping[str, Any]) -> bool:
    """Tell whether amounts are said that mean nothing without a currency."""
    fixed = any(name in values for name in ("fee_fixed", "fee_min", "fee_max"))
    limits = any(name in values for name in LIMITS)
    return fixed or (limits and not values.get("in_usd", False))
