"""What policies refuse.

DomainError
├── OperationDisabled     a rule switches it off
├── Stopped               a stop is set
├── LimitExceeded         one of the limits; says which, what is left and when it begins anew
├── UsdRateStale          a limit is in dollars, and nobody knows the rate
├── UnderReview           an operator looks at it first
├── RiskRefused           a rule against fraud says no
├── RuleChanged           somebody has changed the row meanwhile
├── TwoPersonsNeeded      one person alone may not lift a stop
└── StopIsSet             the same thing is stopped already
"""

from typing import Final

from fondaco.identity.errors import StepUpRequired
from fondaco.kit.errors import DomainError, Kind


class OperationDisabled(DomainError):
    """Say that a rule switches the operation off for this customer; ``reason`` is the rule's."""

    code = "operation_disabled"
    kind = Kind.CONFLICT
    title = "This is switched off for you."


class Stopped(DomainError):
    """Say that the house has stopped this for now; ``stopped`` says what is stopped."""

    code = "stopped"
    kind = Kind.CONFLICT
    title = "This is stopped for the time being."


class LimitExceeded(DomainError):
    """Say which limit would be passed (``limit``), what is left of it and when it begins anew."""

    code = "limit_exceeded"
    kind = Kind.CONFLICT
    title = "That would pass a limit."


class UsdRateStale(DomainError):
    """Say that a limit is in dollars and the rate is unknown or too old; nothing is guessed."""

    code = "usd_rate_stale"
    kind = Kind.UNAVAILABLE
    title = "The value in dollars is not known now; try again later."


class UnderReview(DomainError):
    """Say that an operator looks at this first; it may be tried again when he has released it."""

    code = "under_review"
    kind = Kind.CONFLICT
    title = "This is looked at first. Try again later."


class RiskRefused(DomainError):
    """Say that a rule against fraud refuses this; the reasons are kept for operators."""

    code = "risk_refused"
    kind = Kind.CONFLICT
    title = "This is not possible. Ask the support."


class RuleChanged(DomainError):
    """Say that the row is no longer the one that was read."""

    code = "rule_changed"
    kind = Kind.CONFLICT
    title = "This has changed meanwhile. Read it again."


class TwoPersonsNeeded(DomainError):
    """Say that a stop is lifted by two persons, whatever the house's signing policy says."""

    code = "two_persons_needed"
    kind = Kind.CONFLICT
    title = "Two persons lift a stop."


class StopIsSet(DomainError):
    """Say that the same thing is stopped already."""

    code = "stop_is_set"
    kind = Kind.CONFLICT
    title = "This is stopped already."


CHECKING: Final = (
    OperationDisabled,
    Stopped,
    LimitExceeded,
    UsdRateStale,
    StepUpRequired,
    UnderReview,
    RiskRefused,
)
"""What any operation may be refused for."""
