"""What takes effect by signatures: changes of rows where the house says so; lifting stops always."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from fondaco.identity.types import CUSTOMER_PREFIX, GROUP_PREFIX
from fondaco.kit import ids
from fondaco.kit.errors import InvalidField
from fondaco.operators.rights import Right
from fondaco.policies.actions import fraud_rules, rules, settings as setting_actions, stops
from fondaco.policies.errors import TwoPersonsNeeded
from fondaco.policies.fraud import read_parameters
from fondaco.policies.queries.rules import find_version
from fondaco.policies.queries.stops import get_stop
from fondaco.policies.settings import checked
from fondaco.policies.types import (
    FRAUD_RULE_PREFIX,
    RULE_PREFIX,
    STOP_PREFIX,
    FraudRule,
    Operation,
    Rule,
    Selector,
    Verdict,
)
from fondaco.policies.values import RuleValues
from fondaco.signing.effects import Effect
from fondaco.signing.types import Approval, Band, StageRule, Terms

RULE: Final = "policies.rule"
FRAUD_RULE: Final = "policies.fraud_rule"
SETTING: Final = "policies.setting"
LIFT: Final = "policies.lift_stop"

NOBODY: Final = (Band(stages=()),)
"""As shipped nobody else signs: a proposal takes effect at once, until the house has a policy."""
ANOTHER: Final = (Band(stages=(StageRule(group=Right.POLICIES_STOP.value, required=1),)),)
"""Somebody beside the one who proposes."""
_PERSONS: Final = 2

_Wire = Annotated[str, Field(max_length=40)]
_CODE: Final = r"^([A-Z][A-Z0-9]{1,15}(\.[A-Z0-9]{1,15})?)?$"
_PAIR: Final = r"^([A-Z][A-Z0-9.]{1,31}_[A-Z][A-Z0-9.]{1,31})?$"
_PLAIN: Final = r"^[^\x00]*$"


class _Terms(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RuleTerms(_Terms):
    """One rule as it is to be, or that it is to go."""

    rule: _Wire
    version: int = Field(ge=0)
    remove: bool = False
    operation: Operation
    currency: str = Field(default="", pattern=_CODE)
    pair: str = Field(default="", pattern=_PAIR)
    subtype: str = Field(default="", max_length=60, pattern=_PLAIN)
    level: str = Field(default="", max_length=20)
    group: _Wire = ""
    customer: _Wire = ""
    priority: int = Field(default=0, ge=-1_000_000, le=1_000_000)
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    values: RuleValues
    note: str = Field(default="", max_length=500, pattern=_PLAIN)

    def to_rule(self) -> Rule:
        """Give the rule.

        :raises InvalidField: an identifier is none
        """
        return Rule(
            id=_read(RULE_PREFIX, self.rule, "rule"),
            operation=self.operation,
            selector=Selector(self.currency, self.pair, self.subtype),
            level=self.level,
            group_id=_read(GROUP_PREFIX, self.group, "group") if self.group else None,
            customer_id=(
                _read(CUSTOMER_PREFIX, self.customer, "customer") if self.customer else None
            ),
            priority=self.priority,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            values=self.values.stored(),
            note=self.note,
            version=self.version,
        )


class FraudRuleTerms(_Terms):
    """One rule against fraud as it is to be, or that it is to go."""

    rule: _Wire
    version: int = Field(ge=0)
    remove: bool = False
    name: str = Field(min_length=1, max_length=100, pattern=_PLAIN)
    kind: str = Field(max_length=40)
    operation: Operation | None = None
    verdict: Verdict
    parameters: dict[str, Any]
    enabled: bool = True


class SettingTerms(_Terms):
    """One setting; null: the environment's value holds again."""

    name: str = Field(max_length=40)
    customer: _Wire = ""
    value: Any = None


class LiftTerms(_Terms):
    """The stop that is to be lifted."""

    stop: _Wire


def _rule_terms(shape: RuleTerms) -> Terms:
    rule = shape.to_rule()
    if not shape.remove:
        rules.check_rule(rule=rule)
    if find_version(rule_id=rule.id) != shape.version:
        raise InvalidField("This is not the version that is there.", field="version")
    return Terms(subject=shape.rule)


def _run_rule(shape: RuleTerms, approval: Approval) -> Mapping[str, Any]:
    rule = shape.to_rule()
    if shape.remove:
        rules.remove_rule(rule_id=rule.id, version=rule.version, by=approval.by)
        return {"rule": shape.rule, "removed": True}
    return {"rule": shape.rule, "version": rules.put_rule(rule=rule, by=approval.by).version}


def _fraud_rule_terms(shape: FraudRuleTerms) -> Terms:
    rule_id = _read(FRAUD_RULE_PREFIX, shape.rule, "rule")
    read_parameters(kind=shape.kind, raw=shape.parameters)
    if find_version(rule_id=rule_id, against_fraud=True) != shape.version:
        raise InvalidField("This is not the version that is there.", field="version")
    return Terms(subject=shape.rule)


def _run_fraud_rule(shape: FraudRuleTerms, approval: Approval) -> Mapping[str, Any]:
    rule_id = _read(FRAUD_RULE_PREFIX, shape.rule, "rule")
    if shape.remove:
        fraud_rules.remove_fraud_rule(rule_id=rule_id, version=shape.version, by=approval.by)
        return {"rule": shape.rule, "removed": True}
    rule = FraudRule(
        id=rule_id,
        name=shape.name,
        kind=shape.kind,
        operation=shape.operation,
        verdict=shape.verdict,
        parameters=shape.parameters,
        enabled=shape.enabled,
        version=shape.version,
    )
    written = fraud_rules.put_fraud_rule(rule=rule, by=approval.by)
    return {"rule": shape.rule, "version": written.version}


def _setting_terms(shape: SettingTerms) -> Terms:
    if shape.customer:
        _read(CUSTOMER_PREFIX, shape.customer, "customer")
    if shape.value is not None:
        checked(name=shape.name, value=shape.value, is_of_customer=bool(shape.customer))
    return Terms(subject=f"{shape.name}:{shape.customer}".rstrip(":"))


def _run_setting(shape: SettingTerms, approval: Approval) -> Mapping[str, Any]:
    customer = _read(CUSTOMER_PREFIX, shape.customer, "customer") if shape.customer else None
    value = setting_actions.put_setting(
        name=shape.name, customer=customer, value=shape.value, by=approval.by
    )
    return {"name": shape.name, "value": value}


def _lift_terms(shape: LiftTerms) -> Terms:
    stop = get_stop(stop_id=_read(STOP_PREFIX, shape.stop, "stop"))
    if stop.lifted_at is not None:
        raise InvalidField("This is lifted already.", field="stop")
    return Terms(subject=shape.stop)


def _run_lift(shape: LiftTerms, approval: Approval) -> Mapping[str, Any]:
    request = approval.request
    signers = {one.signer_id for one in request.signatures if one.round == request.round}
    if len(signers | {request.maker_id, request.author_id}) < _PERSONS or not signers:
        raise TwoPersonsNeeded
    stops.lift_stop(stop_id=_read(STOP_PREFIX, shape.stop, "stop"), by=approval.by)
    return {"stop": shape.stop}


def _read(prefix: str, wire: str, field: str) -> UUID:
    try:
        return ids.decode(prefix, wire)
    except ids.InvalidId as error:
        raise InvalidField(f"{str(error).capitalize()}.", field=field) from None


EFFECTS: Final = (
    Effect(kind=RULE, shape=RuleTerms, terms=_rule_terms, run=_run_rule, bands=NOBODY),
    Effect(
        kind=FRAUD_RULE,
        shape=FraudRuleTerms,
        terms=_fraud_rule_terms,
        run=_run_fraud_rule,
        bands=NOBODY,
    ),
    Effect(kind=SETTING, shape=SettingTerms, terms=_setting_terms, run=_run_setting, bands=NOBODY),
    Effect(kind=LIFT, shape=LiftTerms, terms=_lift_terms, run=_run_lift, bands=ANOTHER),
)
