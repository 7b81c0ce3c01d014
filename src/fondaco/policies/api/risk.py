"""``/operator/risk``: rules against fraud, and the queue of what they hold."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import MoneyOut, Strict, Text
from fondaco.kit.ids import uuid7
from fondaco.kit.lifecycle import IllegalMove
from fondaco.operators.rights import Right
from fondaco.policies.actions import risk as actions
from fondaco.policies.api.fields import (
    PROPOSING,
    CaseWireId,
    CustomerWireId,
    FraudRuleWireId,
    Note,
)
from fondaco.policies.queries import risk as queries
from fondaco.policies.queries.rules import list_fraud_rules
from fondaco.policies.rows import fraud_rule_wire
from fondaco.policies.signed import FRAUD_RULE, FraudRuleTerms
from fondaco.policies.states import CaseState
from fondaco.policies.types import Case, FraudRule, Operation, Verdict
from fondaco.signing import actions as signing
from fondaco.signing.shapes import SignRequestOut, person_of

router = Router(auth=staff, tags=["risk"])


class FraudRuleIn(Strict):
    """Take a rule as it is to be; ``rule`` and ``version`` name the one that is changed or removed."""

    rule: FraudRuleWireId | None = Field(default=None, description="Absent: a new rule.")
    version: Annotated[int, Field(ge=0)] = 0
    remove: bool = False
    name: Annotated[Text, Field(min_length=1, max_length=100)]
    kind: Annotated[Text, Field(max_length=40, examples=["velocity"])]
    operation: Operation | None = Field(default=None, description="Absent: all.")
    verdict: Verdict
    parameters: dict[str, str | int | bool] = Field(
        examples=[{"window_s": 3600, "count_max": 10}], max_length=10
    )
    enabled: bool = True


class FraudRuleOut(Strict):
    """Show a rule against fraud."""

    id: FraudRuleWireId
    version: int
    name: str
    kind: str
    operation: Operation | None
    verdict: Verdict
    parameters: dict[str, Any]
    enabled: bool

    @classmethod
    def of(cls, rule: FraudRule) -> "FraudRuleOut":
        """Show a rule."""
        return cls(
            id=rule.id,
            version=rule.version,
            name=rule.name,
            kind=rule.kind,
            operation=rule.operation,
            verdict=rule.verdict,
            parameters=dict(rule.parameters),
            enabled=rule.enabled,
        )


class FraudRulesOut(Strict):
    """Show all rules against fraud."""

    items: list[FraudRuleOut]


class RiskCasesIn(Paging):
    """Take which cases are looked for."""

    state: CaseState | None = CaseState.WAITING
    customer: CustomerWireId | None = None


class RiskCaseOut(Strict):
    """Show something suspicious, and what became of it."""

    id: CaseWireId
    state: CaseState
    operation: str
    customer: CustomerWireId
    amount: MoneyOut
    reasons: list[str]
    rules: list[str]
    waits: bool = Field(description="True: an order waits for it; else its customer tries again.")
    created_at: datetime
    decided_at: datetime | None
    decided_by: str
    note: str

    @classmethod
    def of(cls, case: Case) -> "RiskCaseOut":
        """Show a case."""
        return cls(
            id=case.id,
            state=CaseState(case.state),
            operation=case.operation,
            customer=case.customer_id,
            amount=MoneyOut.of(case.amount),
            reasons=list(case.reasons),
            rules=list(case.rules),
            waits=case.reference is not None and case.state == CaseState.WAITING,
            created_at=case.created_at,
            decided_at=case.decided_at,
            decided_by=case.decided_by,
            note=case.note,
        )


class RiskDecisionIn(Strict):
    """Take why."""

    note: Annotated[Note, Field(min_length=1)]


@router.get("/rules")
def list_rules_against_fraud(request: HttpRequest) -> FraudRulesOut:
    """List all rules against fraud."""
    require(principal(request), Right.RISK_READ)
    return FraudRulesOut(items=[FraudRuleOut.of(rule) for rule in list_fraud_rules()])


@router.post("/rule-proposals", status=201, errors=PROPOSING)
@idempotent("policies.propose_fraud_rule")
def propose_rule_against_fraud(request: HttpRequest, body: FraudRuleIn) -> SignRequestOut:
    """Propose to write, change or remove such a rule; done at once unless the house has it signed."""
    who = require(principal(request), Right.POLICIES_PROPOSE)
    rule_id: UUID = body.rule or uuid7()
    terms = FraudRuleTerms(rule=fraud_rule_wire(rule_id), **body.model_dump(exclude={"rule"}))
    return SignRequestOut.of(signing.propose(kind=FRAUD_RULE, terms=terms, maker=person_of(who)))


@router.get("/cases")
def list_risk_cases(request: HttpRequest, asked: Query[RiskCasesIn]) -> Listing[RiskCaseOut]:
    """List cases, newest first; those that wait, unless told."""
    require(principal(request), Right.RISK_READ)
    return paged(
        asked,
        lambda after, limit: queries.list_cases(
            state=asked.state, customer_id=asked.customer, after=after, limit=limit
        ),
        RiskCaseOut.of,
    )


@router.get("/cases/{case_id}")
def show_risk_case(request: HttpRequest, case_id: CaseWireId) -> RiskCaseOut:
    """Show a case."""
    require(principal(request), Right.RISK_READ)
    return RiskCaseOut.of(queries.get_case(case_id=case_id))


@router.post("/cases/{case_id}/release", errors=(IllegalMove,))
@idempotent("policies.release_case")
def release_risk_case(
    request: HttpRequest, case_id: CaseWireId, body: RiskDecisionIn
) -> RiskCaseOut:
    """Let pass what is held: its order goes on, or its customer may try again once."""
    by = require(principal(request), Right.RISK_DECIDE).actor
    return RiskCaseOut.of(actions.release(case_id=case_id, note=body.note, by=by))


@router.post("/cases/{case_id}/reject", errors=(IllegalMove,))
@idempotent("policies.reject_case")
def reject_risk_case(
    request: HttpRequest, case_id: CaseWireId, body: RiskDecisionIn
) -> RiskCaseOut:
    """Refuse what is held; a waiting order gives its money back."""
    by = require(principal(request), Right.RISK_DECIDE).actor
    return RiskCaseOut.of(actions.reject(case_id=case_id, note=body.note, by=by))
