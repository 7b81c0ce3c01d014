"""``/operator/policies``: rules, why something applies, and what a change would do."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import AwareDatetime, Field

from fondaco.identity.queries import get_customer
from fondaco.identity.types import customer_wire, group_wire
from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Currency, MoneyOut, Strict, Text
from fondaco.kit.errors import InvalidField
from fondaco.kit.ids import uuid7
from fondaco.operators.rights import Right
from fondaco.policies import replay
from fondaco.policies.actions import rules as actions
from fondaco.policies.api.fields import (
    PROPOSING,
    Code,
    CustomerWireId,
    GroupWireId,
    Note,
    Pair,
    PolicyExplainedOut,
    PolicyValueOut,
    RuleWireId,
    SubType,
)
from fondaco.policies.queries import rules as queries
from fondaco.policies.queries.effective import explain
from fondaco.policies.rows import rule_wire
from fondaco.policies.signed import RULE, RuleTerms
from fondaco.policies.types import Operation, Rule
from fondaco.policies.values import RuleValues
from fondaco.signing import actions as signing
from fondaco.signing.shapes import SignRequestOut, person_of

router = Router(auth=staff, tags=["policies"])


class PolicyRuleIn(Strict):
    """Take a rule as it is to be; ``rule`` and ``version`` name the one that is changed or removed."""

    rule: RuleWireId | None = Field(default=None, description="Absent: a new rule.")
    version: Annotated[int, Field(ge=0)] = Field(default=0, description="Of the one that was read.")
    remove: bool = False
    operation: Operation
    currency: Code = ""
    pair: Pair = ""
    subtype: SubType = ""
    level: Annotated[Text, Field(max_length=20)] = ""
    group: GroupWireId | None = None
    customer: CustomerWireId | None = None
    priority: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] = 0
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    values: RuleValues
    note: Note = ""

    def to_terms(self) -> RuleTerms:
        """Give what is signed; a new rule gets its identifier here, so that it is written once."""
        said = self.model_dump(exclude={"rule", "group", "customer", "values"})
        return RuleTerms(
            **said,
            rule=rule_wire(self.rule or uuid7()),
            group=group_wire(self.group) if self.group else "",
            customer=customer_wire(self.customer) if self.customer else "",
            values=self.values,
        )


class PolicyRuleOut(Strict):
    """Show a rule."""

    id: RuleWireId
    version: int
    operation: Operation
    currency: str
    pair: str
    subtype: str
    owner: str = Field(description="default, level, group or customer.")
    level: str
    group: GroupWireId | None
    customer: CustomerWireId | None
    priority: int
    starts_at: datetime | None
    ends_at: datetime | None
    values: dict[str, Any] = Field(
        description="What the rule says; what is absent it does not say."
    )
    note: str

    @classmethod
    def of(cls, rule: Rule) -> "PolicyRuleOut":
        """Show a rule."""
        return cls(
            id=rule.id,
            version=rule.version,
            operation=rule.operation,
            currency=rule.selector.currency,
            pair=rule.selector.pair,
            subtype=rule.selector.subtype,
            owner=rule.owner,
            level=rule.level,
            group=rule.group_id,
            customer=rule.customer_id,
            priority=rule.priority,
            starts_at=rule.starts_at,
            ends_at=rule.ends_at,
            values=dict(rule.values),
            note=rule.note,
        )


class PolicyRulesIn(Paging):
    """Take which rules are looked for."""

    operation: Operation | None = None
    customer: CustomerWireId | None = None
    group: GroupWireId | None = None


class PolicyExplainIn(Strict):
    """Choose what is asked about."""

    operation: Operation
    customer: CustomerWireId | None = Field(
        default=None, description="Absent: nobody in particular."
    )
    currency: Currency | None = None
    pair: Pair = ""
    subtype: SubType = ""


class PolicyDryRunIn(PolicyRuleIn):
    """Take a change and how far back it is tried."""

    days: Annotated[int, Field(ge=1, le=366)] = 30


class PolicyDryRunOut(Strict):
    """Show what the change would have done to the operations of the last days."""

    operations: int
    cut: bool = Field(description="There were more; the latest are looked at.")
    refused_before: int = Field(description="By the rules of today.")
    refused_after: int
    newly_refused: int
    newly_allowed: int
    priced_otherwise: int
    unknown: int = Field(description="Not known for want of a rate.")
    reasons: dict[str, int] = Field(description="Which limits would newly refuse how many.")
    fees_before: list[MoneyOut]
    fees_after: list[MoneyOut]


@router.get("/rules")
def list_policy_rules(request: HttpRequest, asked: Query[PolicyRulesIn]) -> Listing[PolicyRuleOut]:
    """List rules, newest first, those of the past and the future included."""
    require(principal(request), Right.POLICIES_READ)
    return paged(
        asked,
        lambda after, limit: queries.list_rules(
            operation=asked.operation,
            customer_id=asked.customer,
            group_id=asked.group,
            after=after,
            limit=limit,
        ),
        PolicyRuleOut.of,
    )


@router.get("/rules/{rule_id}")
def show_policy_rule(request: HttpRequest, rule_id: RuleWireId) -> PolicyRuleOut:
    """Show a rule."""
    require(principal(request), Right.POLICIES_READ)
    return PolicyRuleOut.of(queries.get_rule(rule_id=rule_id))


@router.post("/rule-proposals", status=201, errors=PROPOSING)
@idempotent("policies.propose_rule")
def propose_policy_rule(request: HttpRequest, body: PolicyRuleIn) -> SignRequestOut:
    """Propose to write, change or remove a rule; done at once where the house wants no signature for it."""
    who = require(principal(request), Right.POLICIES_PROPOSE)
    made = signing.propose(kind=RULE, terms=body.to_terms(), maker=person_of(who))
    return SignRequestOut.of(made)


@router.post("/dry-runs")
def dry_run_policy_rule(request: HttpRequest, body: PolicyDryRunIn) -> PolicyDryRunOut:
    """Tell what a change of rules would have done to the operations of the last days; nothing is changed."""
    require(principal(request), Right.POLICIES_PROPOSE)
    rule = PolicyRuleIn(**body.model_dump(exclude={"days"})).to_terms().to_rule()
    if not body.remove:
        actions.check_rule(rule=rule)
    elif body.rule is None:
        raise InvalidField("Name the rule that is to go.", field="rule")
    told = replay.dry_run(changed=rule, removed=body.remove, days=body.days)
    return PolicyDryRunOut(
        operations=told.operations,
        cut=told.is_cut,
        refused_before=told.refused_before,
        refused_after=told.refused_after,
        newly_refused=told.newly_refused,
        newly_allowed=told.newly_allowed,
        priced_otherwise=told.priced_otherwise,
        unknown=told.unknown,
        reasons=dict(told.reasons),
        fees_before=[MoneyOut.of(fee) for fee in told.fees_before.values()],
        fees_after=[MoneyOut.of(fee) for fee in told.fees_after.values()],
    )


@router.get("/explain")
def explain_policy(request: HttpRequest, asked: Query[PolicyExplainIn]) -> PolicyExplainedOut:
    """Show what applies to a customer's operation, each value with the row that it comes from."""
    require(principal(request), Right.POLICIES_READ)
    customer: UUID | None = asked.customer
    if customer is not None:
        get_customer(customer)
    told = explain(
        customer=customer,
        operation=asked.operation,
        currency=asked.currency or "",
        pair=asked.pair,
        subtype=asked.subtype,
    )
    return PolicyExplainedOut(
        operation=asked.operation,
        currency=asked.currency or "",
        pair=asked.pair,
        subtype=asked.subtype,
        values=[PolicyValueOut.of(one) for one in told],
    )
