"""The types that the operations of policies are written with."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from fondaco.identity.types import CUSTOMER_PREFIX, GROUP_PREFIX
from fondaco.kit.django.api.schemas import Strict, Text, WireId
from fondaco.policies.types import (
    CASE_PREFIX,
    FRAUD_RULE_PREFIX,
    RULE_PREFIX,
    STOP_PREFIX,
    Explained,
    Operation,
)
from fondaco.signing.errors import EffectRefused, NoBand, RequestOpen, SignersMissing

CustomerWireId = Annotated[UUID, WireId(CUSTOMER_PREFIX)]
GroupWireId = Annotated[UUID, WireId(GROUP_PREFIX)]
RuleWireId = Annotated[UUID, WireId(RULE_PREFIX)]
FraudRuleWireId = Annotated[UUID, WireId(FRAUD_RULE_PREFIX)]
StopWireId = Annotated[UUID, WireId(STOP_PREFIX)]
CaseWireId = Annotated[UUID, WireId(CASE_PREFIX)]

Pair = Annotated[
    Text, Field(pattern=r"^([A-Z][A-Z0-9.]{1,31}_[A-Z][A-Z0-9.]{1,31})?$", examples=["BTC_USD"])
]
SubType = Annotated[Text, Field(max_length=60)]
Code = Annotated[str, Field(pattern=r"^([A-Z][A-Z0-9]{1,15}(\.[A-Z0-9]{1,15})?)?$")]
Note = Annotated[Text, Field(max_length=500)]
Reason = Annotated[Text, Field(min_length=1, max_length=300)]

PROPOSING: Final = (NoBand, SignersMissing, RequestOpen, EffectRefused)
"""What a proposal may be refused for."""


class PolicyValueOut(Strict):
    """Show one value and where it comes from."""

    field: str = Field(examples=["day_max"])
    value: str | int | bool | None = Field(description="Null: nothing is set.")
    source: str = Field(description="The row's identifier, or ``platform``.")
    owner: str = Field(description="platform, default, level, group or customer.")

    @classmethod
    def of(cls, told: Explained) -> "PolicyValueOut":
        """Show a value."""
        return cls(field=told.field, value=told.value, source=told.source, owner=told.owner)


class PolicyExplainedOut(Strict):
    """Show what applies to an operation, each value with the row that it comes from."""

    operation: Operation
    currency: str
    pair: str
    subtype: str
    values: list[PolicyValueOut]
