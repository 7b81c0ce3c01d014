"""What happens to policies, in the past tense."""

from dataclasses import dataclass

from fondaco.kit.django.events import HOUSE, DomainEvent, event
from fondaco.money import Money


@event("policies.rule.changed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChanged(DomainEvent):
    """A rule was written, changed or removed."""

    rule: str
    operation: str
    customer: str | None
    """Whose rule it is; none: the rule of many."""
    removed: bool
    """What it said and says is in the audit trail, under the same subject."""

    @property
    def subject(self) -> str:
        """Name the rule."""
        return self.rule


@event("policies.stop.set", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class StopSet(DomainEvent):
    """Something is stopped."""

    stop: str
    scope: str
    value: str
    reason: str

    @property
    def subject(self) -> str:
        """Name the stop."""
        return self.stop


@event("policies.stop.lifted", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class StopLifted(DomainEvent):
    """Something goes on."""

    stop: str
    scope: str
    value: str

    @property
    def subject(self) -> str:
        """Name the stop."""
        return self.stop


@event("policies.setting.changed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChanged(DomainEvent):
    """The house wants something otherwise than the environment says, or no longer."""

    name: str
    customer: str | None
    removed: bool
    """Removed: the environment's value holds again."""

    @property
    def subject(self) -> str:
        """Name the setting."""
        return self.name


@event("policies.fraud_rule.changed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class FraudRuleChanged(DomainEvent):
    """A rule against fraud was written, changed or removed."""

    rule: str
    removed: bool
    """What it said and says is in the audit trail, under the same subject."""

    @property
    def subject(self) -> str:
        """Name the rule."""
        return self.rule


@event("policies.risk.found", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFound(DomainEvent):
    """Rules against fraud held or refused an operation."""

    case: str
    verdict: str
    operation: str
    customer: str
    amount: Money
    reasons: str

    @property
    def subject(self) -> str:
        """Name the case."""
        return self.case


@event("policies.risk.decided", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class RiskDecided(DomainEvent):
    """An operator released or rejected what was held."""

    case: str
    decision: str
    operation: str
    customer: str

    @property
    def subject(self) -> str:
        """Name the case."""
        return self.case
